import type { Dirent } from 'node:fs'

/** A page that lists a directory. Names are escaped: they are not ours. */
export function renderListing(path: string, entries: readonly Dirent[]): string {
  const items = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || (a.name < b.name ? -1 : 1))
    .map((entry) => {
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name
      const target = encodeURIComponent(entry.name) + (entry.isDirectory() ? '/' : '')
      return `<li><a href="./${escapeHtml(target)}">${escapeHtml(name)}</a></li>`
    })
  if (path !== '/') items.unshift('<li><a href="../">../</a></li>')
  const title = escapeHtml(`Index of ${path}`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}</style>
<h1>${title}</h1>
<ul>
${items.join('\n')}
</ul>
</html>
`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
