import type { Detector } from '../detector.ts'
import { cornerAddress, militaryAddress, postBox, townLine, unitAddress } from './address-parts.ts'
import { apiKey } from './api-key.ts'
import { assignedSecret } from './assigned-secret.ts'
import { authorization } from './authorization.ts'
import { commandLine } from './command-line.ts'
import { cryptoWallet } from './crypto-wallet.ts'
import { dateOfBirth } from './date-of-birth.ts'
import { email } from './email.ts'
import { encodedText } from './encoded-text.ts'
import { iban } from './iban.ts'
import { ipAddress } from './ip-address.ts'
import { jsonWebToken } from './json-web-token.ts'
import { labelledIdentity } from './labelled-identity.ts'
import { login } from './login.ts'
import { macAddress } from './mac-address.ts'
import { mentionedSecret, namedSecret } from './mentioned-secret.ts'
import { nationalId } from './national-id.ts'
import { oneTimeCode } from './one-time-code.ts'
import { otherScriptAddress } from './other-script-address.ts'
import { passport } from './passport.ts'
import { passwordLabel } from './password-label.ts'
import { passwordPhrase } from './password-phrase.ts'
import { passwordTag } from './password-tag.ts'
import { paymentCard } from './payment-card.ts'
import { personName } from './person-name.ts'
import { phone } from './phone.ts'
import { privateKey } from './private-key.ts'
import { seedPhrase } from './seed-phrase.ts'
import { shapedKey } from './shaped-key.ts'
import { spacedNino } from './spaced-nino.ts'
import { spelledEmail } from './spelled-email.ts'
import { spelledPhone } from './spelled-phone.ts'
import { namedAddress, streetAddress } from './street-address.ts'
import { urlCredential } from './url-credential.ts'
import { usSsn } from './us-ssn.ts'

/** All detectors, the certain ones first: what they take, later ones on the same trigger do not see. */
export const builtInDetectors: readonly Detector[] = [
  privateKey,
  jsonWebToken,
  apiKey,
  shapedKey,
  encodedText,
  iban,
  cryptoWallet,
  urlCredential,
  email,
  spelledEmail,
  ipAddress,
  macAddress,
  paymentCard,
  usSsn,
  nationalId,
  labelledIdentity,
  spacedNino,
  passport,
  dateOfBirth,
  streetAddress,
  namedAddress,
  otherScriptAddress,
  unitAddress,
  postBox,
  militaryAddress,
  townLine,
  cornerAddress,
  phone,
  spelledPhone,
  assignedSecret,
  authorization,
  passwordPhrase,
  passwordLabel,
  passwordTag,
  oneTimeCode,
  seedPhrase,
  commandLine,
  mentionedSecret,
  namedSecret,
  login,
  personName,
]
