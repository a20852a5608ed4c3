import * as pdfjs from '/pdfjs/build/pdf.min.mjs'

pdfjs.GlobalWorkerOptions.workerSrc = '/pdfjs/build/pdf.worker.min.mjs'

/** The file that was opened last, since one looks at several pages of it. */
let open

function openPdf(url) {
  if (open?.url === url) return open.pdf
  open?.task.destroy()
  const task = pdfjs.getDocument({
    url,
    standardFontDataUrl: '/pdfjs/standard_fonts/',
    cMapUrl: '/pdfjs/cmaps/',
    wasmUrl: '/pdfjs/wasm/',
  })
  open = { url, task, pdf: task.promise }
  return open.pdf
}

/** A page as a picture, as sharp as the screen. */
export async function drawPdfPage(url, number) {
  const pdf = await openPdf(url)
  const page = await pdf.getPage(number)
  const viewport = page.getViewport({ scale: 1.5 * Math.min(2, devicePixelRatio) })
  const canvas = document.createElement('canvas')
  canvas.width = viewport.width
  canvas.height = viewport.height
  canvas.setAttribute('role', 'img')
  canvas.ariaLabel = `Page ${number}`
  await page.render({ canvas, viewport }).promise
  return canvas
}
