import { PDFDocument } from 'pdf-lib'
import { chromium } from 'playwright-core'
import { paper } from './pdf-writer.ts'

/** A delivery note as a browser sets it, laid a little askew as on the glass of a scanner. */
const page = `<!doctype html><style>
  body { margin: 0; background: #fdfcf8; font: 15px/1.5 "Liberation Serif", serif; color: #23221f }
  main { width: 660px; margin: 70px auto; transform: rotate(0.25deg) }
  h1 { font-size: 30px; margin: 0 0 6px } h2 { font-size: 17px; margin: 28px 0 6px }
  table { width: 100%; border-collapse: collapse } td, th { text-align: left; padding: 5px 0 }
  :is(td, th):not(:first-child) { text-align: right } th { border-bottom: 1px solid #555 }
</style><main>
  <h1>Alder &amp; Finch Joinery</h1>
  <p>Workshop 3, Canal Road, Leeds</p>
  <h2>INVOICE</h2>
  <p>Invoice number: AF-0918<br>Invoice date: 2 June 2026<br>Due date: 2 July 2026</p>
  <p>Supplier: Alder and Finch Joinery<br>Customer: Rosewood Primary School</p>
  <table>
    <tr><th>Description</th><th>Quantity</th><th>Amount</th></tr>
    <tr><td>Oak bench, 2 metres</td><td>6</td><td>1,140.00</td></tr>
    <tr><td>Coat rack with 12 hooks</td><td>4</td><td>312.00</td></tr>
    <tr><td>Installation</td><td>1</td><td>185.00</td></tr>
  </table>
  <p>Subtotal: 1,637.00<br>VAT: 327.40<br><b>Total: GBP 1,964.40</b></p>
  <p>Thank you for your custom.</p>
</main>`

/** The same page as a PNG, and as a PDF that holds nothing but its image. */
export async function scanPage(executablePath: string): Promise<{ png: Buffer; pdf: Uint8Array }> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const viewport = { width: 827, height: 1170 }
    const tab = await browser.newPage({ viewport, deviceScaleFactor: 1.6 })
    await tab.setContent(page)
    const png = await tab.screenshot({ type: 'png' })
    const jpeg = await tab.screenshot({ type: 'jpeg', quality: 55 })
    return { png, pdf: await pdfOf(jpeg) }
  } finally {
    await browser.close()
  }
}

async function pdfOf(jpeg: Buffer): Promise<Uint8Array> {
  const pdf = await PDFDocument.create()
  const day = new Date('2026-06-02T09:00:00Z')
  pdf.setCreationDate(day)
  pdf.setModificationDate(day)
  const image = await pdf.embedJpg(jpeg)
  const sheet = pdf.addPage([paper.width, paper.height])
  sheet.drawImage(image, { x: 0, y: 0, width: paper.width, height: paper.height })
  return pdf.save()
}
