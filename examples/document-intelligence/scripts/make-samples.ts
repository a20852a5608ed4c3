import { writeFile } from 'node:fs/promises'
import { contractPdf, invoicePdf, resumePdf } from './sample-pdfs.ts'
import { contractDocx, hostileText, invoiceHtml, resumeMarkdown } from './sample-texts.ts'
import { scanPage } from './scan-page.ts'

/**
 * Writes the files in `samples/`. They are kept in the repository, so this is run only to change them:
 * `npm run samples`. The scan is made by a browser, found by CHROMIUM or at its usual place.
 */
const folder = new URL('../samples/', import.meta.url)
const scan = await scanPage(process.env.CHROMIUM ?? '/usr/bin/chromium')
const files: Readonly<Record<string, string | Uint8Array>> = {
  'invoice.pdf': await invoicePdf(),
  'contract.pdf': await contractPdf(),
  'resume.pdf': await resumePdf(),
  'lease.docx': await contractDocx(),
  'invoice.html': invoiceHtml,
  'resume.md': resumeMarkdown,
  'hostile.txt': hostileText,
  'scan.png': scan.png,
  'scan.pdf': scan.pdf,
}
for (const [name, content] of Object.entries(files)) await writeFile(new URL(name, folder), content)
console.log(`Wrote ${Object.keys(files).join(', ')}`)
