/** What is wrong with a file, in words for somebody who has not asked for a system call's name. */
export function fileFailure(error: unknown): string {
  const { code, path = 'it', message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return `${path} does not exist`
    case 'ENOTDIR':
      return `${path} is not a directory`
    case 'EISDIR':
      return `${path === 'it' ? 'that' : path} is a directory`
    case 'EEXIST':
      return `${path} is a file already`
    case 'EACCES':
    case 'EPERM':
      return `there is no permission for ${path}`
    case 'EROFS':
      return `${path} is on a read-only file system`
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left to write to'
    case 'EPIPE':
      return 'nobody reads the output any more'
    default:
      return message
  }
}
