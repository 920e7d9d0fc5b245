import type { Field } from '../qpack/index.ts'

/** The two file formats of the QPACK offline interop tests. */

/** A record of an encoded file: stream 0 is the encoder stream, any other one field section. */
export interface QifRecord {
  readonly streamId: number
  readonly bytes: Uint8Array
}

/**
 * The lists in a `.qif` text (latin1): a field a line, name and value with a tab between, an empty
 * line behind each list, comments behind `#`. Throws `SyntaxError` with the line's number.
 */
export function parseQif(text: string): Field[][] {
  const lists: Field[][] = []
  let list: Field[] = []
  text.split('\n').forEach((line, index) => {
    if (line.startsWith('#')) return
    if (line === '') {
      if (list.length > 0) lists.push(list)
      list = []
      return
    }
    const tab = line.indexOf('\t')
    if (tab < 0) throw new SyntaxError(`line ${index + 1}: no tab between name and value`)
    list.push({ name: line.slice(0, tab), value: line.slice(tab + 1) })
  })
  if (list.length > 0) lists.push(list)
  return lists
}

export function formatQif(lists: readonly (readonly Field[])[]): string {
  let text = ''
  for (const list of lists) {
    for (const { name, value } of list) text += `${name}\t${value}\n`
    text += '\n'
  }
  return text
}

/** Throws `SyntaxError` when the file ends within a record. */
export function parseRecords(file: Uint8Array): QifRecord[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const records: QifRecord[] = []
  let at = 0
  while (at < file.length) {
    if (file.length - at < 12) throw new SyntaxError(`byte ${at}: a record's head is cut short`)
    const streamId = Number(view.getBigUint64(at))
    const length = view.getUint32(at + 8)
    at += 12
    if (file.length - at < length) throw new SyntaxError(`byte ${at}: a record is cut short`)
    records.push({ streamId, bytes: file.subarray(at, at + length) })
    at += length
  }
  return records
}

export function formatRecords(records: readonly QifRecord[]): Uint8Array {
  let length = 0
  for (const record of records) length += 12 + record.bytes.length
  const file = new Uint8Array(length)
  const view = new DataView(file.buffer)
  let at = 0
  for (const { streamId, bytes } of records) {
    view.setBigUint64(at, BigInt(streamId))
    view.setUint32(at + 8, bytes.length)
    file.set(bytes, at + 12)
    at += 12 + bytes.length
  }
  return file
}
