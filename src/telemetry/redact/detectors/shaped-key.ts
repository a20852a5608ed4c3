import { isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { looksRandom } from '../validators/entropy.ts'

/** Forms without a prefix of their own; what tells them stands in the middle or at the end. */
const forms = {
  telegramBot: /\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])/y,
  mailchimp: /[0-9a-f]{32}-us\d{1,2}(?!\d)/y,
  terraformCloud: /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,80}/y,
  azureClientSecret: /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/y,
  discordBot: /[A-Za-z0-9]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}(?![A-Za-z0-9_-])/y,
}
/** Web addresses whose path is the secret. */
const hook =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|webhook\.office\.com\/webhookb2\/|hooks\.zapier\.com\/hooks\/catch\/)([A-Za-z0-9_/@.-]{16,240})/y

/** Tokens of Telegram, Discord, Mailchimp, Azure and Terraform, and secret paths of webhooks. */
export const shapedKey: Detector = {
  triggers: ['code', 'word', ':'],
  words: ['hooks', 'discord', 'discordapp', 'webhook'],
  detect(scan, start, end) {
    const next = scan.text[end]
    if (scan.text[start] === ':') return detectBot(scan, start)
    if (next === '~') return detectForm(scan, forms.azureClientSecret, start)
    if (next === '-' && end - start === 32) return detectForm(scan, forms.mailchimp, start)
    if (next !== '.') return
    if (end - start === 14) return detectForm(scan, forms.terraformCloud, start)
    if (end - start > 22) return detectForm(scan, forms.discordBot, start)
    detectHook(scan, start)
  },
}

/** From the colon in the middle back to the number of the bot. */
function detectBot(scan: Scan, colon: number): void {
  if (!scan.text.startsWith(':AA', colon)) return
  let start = colon
  while (colon - start < 11 && isDigit(scan.text.charCodeAt(start - 1))) start--
  detectForm(scan, forms.telegramBot, start)
}

function detectForm(scan: Scan, form: RegExp, start: number): void {
  form.lastIndex = start
  const match = form.exec(scan.text)
  if (!match || !looksRandom(match[0])) return
  scan.report('API_KEY', start, start + match[0].length, 'check')
  scan.skipTo(start + match[0].length)
}

function detectHook(scan: Scan, start: number): void {
  hook.lastIndex = start
  const match = hook.exec(scan.text)
  const path = match?.[1]
  if (!match || !path) return
  const end = start + match[0].length
  scan.report('API_KEY', end - path.length, end, 'check')
  scan.skipTo(end)
}
