import { findOrInstall } from './find-program.ts'

/** The browser that CHROMIUM names, else the one on the PATH, else the system's, installed now. */
export function findChromium(): string {
  return (
    process.env.CHROMIUM ??
    findOrInstall({
      names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
      aptPackage: 'chromium',
      brewPackage: 'chromium',
      variable: 'CHROMIUM',
    })
  )
}

/** Flags for a headless browser that talks to nobody but the page's server. */
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
