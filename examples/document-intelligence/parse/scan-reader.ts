import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import tesseract from 'tesseract.js'
import type { Piece } from './lay-out-lines.ts'

/** Recognises the text of images. The recogniser is loaded with the first image, some 10 MB. */
export interface ScanReader {
  /** The words of an image with their places in pixels. */
  read(image: Buffer): Promise<Piece[]>
  close(): Promise<void>
}

/** Below this a word is a speck of dust, out of 100. */
const leastConfidence = 30

const { resolve } = createRequire(import.meta.url)

/**
 * Everything that tesseract.js would otherwise download at run time is taken from packages: the
 * language data by its folder, the program by its own resolution; nothing is cached on disk.
 */
function openRecogniser(): Promise<tesseract.Worker> {
  const language = dirname(resolve('@tesseract.js-data/eng/package.json'))
  return tesseract.createWorker('eng', tesseract.OEM.LSTM_ONLY, {
    langPath: join(language, '4.0.0_best_int'),
    corePath: dirname(resolve('tesseract.js-core/package.json')),
    workerPath: resolve('tesseract.js/src/worker-script/node/index.js'),
    cacheMethod: 'none',
    gzip: true,
    errorHandler: () => undefined,
  })
}

export function createScanReader(): ScanReader {
  let recogniser: Promise<tesseract.Worker> | undefined
  return {
    async read(image) {
      recogniser ??= openRecogniser()
      const worker = await recogniser
      const { data } = await worker.recognize(image, {}, { blocks: true, text: false })
      const lines = (data.blocks ?? []).flatMap(({ paragraphs }) =>
        paragraphs.flatMap((paragraph) => paragraph.lines),
      )
      return lines.flatMap(wordsOf)
    },
    async close() {
      await (await recogniser)?.terminate()
    },
  }
}

/** A word takes the height of its line: "Total" and "no" stand on the same line all the same. */
function wordsOf({ words, bbox }: tesseract.Line): Piece[] {
  return words
    .filter(({ text, confidence }) => text.trim() !== '' && confidence >= leastConfidence)
    .map(({ text, bbox: place, confidence }) => ({
      text,
      x: place.x0,
      y: bbox.y0,
      width: place.x1 - place.x0,
      height: bbox.y1 - bbox.y0,
      confidence: confidence / 100,
    }))
}
