import { bring, onChange, read, restore, selected } from './documents.js'
import { setUpDrop } from './drop.js'
import { setUpFaults } from './faults.js'
import { showFields } from './fields.js'
import { setUpSchema } from './schema-editor.js'
import { setUpQuestions, setUpSummary } from './statements.js'
import { showTables } from './tables.js'
import { setUpTabs } from './tabs.js'
import { showDocument } from './viewer.js'

const byId = (id) => document.getElementById(id)
const samples = {
  invoice: ['invoice.pdf', 'scan.png', 'scan.pdf', 'invoice.html', 'hostile.txt'],
  contract: ['contract.pdf', 'lease.docx'],
  résumé: ['resume.pdf', 'resume.md'],
}

setUpFaults(byId('faults'), byId('model-note'))
const schema = await setUpSchema((fields) => {
  if (selected()) read(selected().facts.id, fields)
})
setUpDrop(byId('drop'), [byId('files'), byId('folder')], (files) => bring(files, schema.fieldsFor))
setUpSummary(byId('summarise'), byId('summary'))
setUpQuestions(byId('question'), byId('answer'))
setUpTabs((tab) => {
  if (tab.id === 'tab-tables') showTables(selected())
})
byId('try-samples').addEventListener('click', bringSamples)

let shownId
onChange((entry) => {
  showDocument(entry)
  showFields(entry)
  if (entry?.facts.id === shownId) return
  shownId = entry?.facts.id
  byId('summary').replaceChildren()
  if (entry?.fields) schema.show(entry.fields)
  if (!byId('panel-tables').hidden) showTables(entry)
})
await restore()

/** Brings the files of the repository, each to be read by the fields of its kind. */
async function bringSamples() {
  const chosen = byId('template').value
  for (const [template, names] of Object.entries(samples)) {
    const fields = schema.choose(template)
    const files = names.map(async (name) => {
      const response = await fetch(`/samples/${name}`)
      return { name, file: await response.blob() }
    })
    bring(await Promise.all(files), () => fields)
  }
  schema.choose(chosen)
}
