/** Files and whole folders, dropped on the page or chosen, as `{ file, name }`. */
export function setUpDrop(zone, inputs, bring) {
  for (const input of inputs) {
    input.addEventListener('change', () => {
      bring([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })))
      input.value = ''
    })
  }
  const mark = (isOver) => zone.classList.toggle('over', isOver)
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    mark(true)
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(false)
  })
  document.addEventListener('drop', async (event) => {
    event.preventDefault()
    mark(false)
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry())
    bring((await Promise.all(entries.filter(Boolean).map(filesIn))).flat())
  })
}

async function filesIn(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
    return [{ file, name: entry.fullPath.replace(/^\//, '') }]
  }
  const reader = entry.createReader()
  const inside = []
  // A reader gives a folder in parts, and an empty one at its end.
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (part.length === 0) break
    inside.push(...part)
  }
  return (await Promise.all(inside.map(filesIn))).flat()
}
