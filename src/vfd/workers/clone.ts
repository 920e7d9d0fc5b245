import { deserialize, serialize } from 'node:v8'
import { MAX_ERROR_TEXT } from './limits.ts'

/** Tasks, messages, calls and their answers travel as structured clones. Throws for a function. */
export function encodeValue(value: unknown): Uint8Array {
  return serialize(value)
}

/** Throws for what is no clone. */
export function decodeValue(payload: Uint8Array): unknown {
  return deserialize(payload)
}

interface ErrorText {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Of an error its name, message and stack; of anything else that was thrown its text. */
export function encodeError(thrown: unknown): Uint8Array {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const text: ErrorText = {
    name: error.name.slice(0, MAX_ERROR_TEXT),
    message: error.message.slice(0, MAX_ERROR_TEXT),
    stack: (error.stack ?? '').slice(0, MAX_ERROR_TEXT),
  }
  return serialize(text)
}

export function decodeError(payload: Uint8Array): Error {
  const { name, message, stack } = deserialize(payload) as Partial<ErrorText>
  const error = new Error(String(message))
  error.name = String(name)
  error.stack = String(stack)
  return error
}
