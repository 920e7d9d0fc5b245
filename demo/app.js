const rows = document.querySelector('#resources tbody')

const shown = new Set()

function addRow(entry) {
  // A page that is still loading is told of itself twice.
  const key = `${entry.entryType} ${entry.name} ${entry.startTime}`
  if (shown.has(key)) return
  shown.add(key)
  const row = rows.insertRow()
  const name = new URL(entry.name).pathname
  const cells = [name, entry.nextHopProtocol, entry.transferSize, entry.duration.toFixed(1)]
  for (const text of cells) row.insertCell().textContent = text
}

for (const type of ['navigation', 'resource']) {
  new PerformanceObserver((list) => list.getEntries().forEach(addRow)).observe({
    type,
    buffered: true,
  })
}

const form = document.querySelector('#upload')
const result = document.querySelector('#result')

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const data = new FormData(form)
  const file = data.get('file')
  const body = file.size > 0 ? file : new Blob([data.get('text')])
  result.textContent = `Sending ${body.size} bytes ...`
  const begin = performance.now()
  try {
    const response = await fetch('echo', { method: 'POST', body })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    const back = await response.arrayBuffer()
    const took = performance.now() - begin
    const same = equal(new Uint8Array(await body.arrayBuffer()), new Uint8Array(back))
    result.textContent = `${back.byteLength} bytes came back in ${took.toFixed(0)} ms: ${
      same ? 'the same' : 'CHANGED'
    }`
  } catch (error) {
    result.textContent = `It failed: ${error.message}`
  }
})

function equal(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
