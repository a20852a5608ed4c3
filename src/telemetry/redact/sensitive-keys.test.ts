import { expect, test } from 'vitest'
import { keyMeaning } from './sensitive-keys.ts'

test.each([
  ...[
    'password',
    'dbPassword',
    'DB_PASSWORD',
    'user-pass',
    'PGPASSWORD',
    'Passwort',
    'senha',
    'pin',
  ],
  ...['mot de passe', 'пароль', '密码', 'spring.datasource.password', 'password2'],
])('%s names a password', (name) => {
  expect(keyMeaning(name)).toEqual({ kind: 'PASSWORD', certain: true })
})

test.each([
  ...['apiKey', 'X-Api-Key', 'OPENAI_API_KEY', 'client_secret', 'secretAccessKey', 'authorization'],
  ...['accessToken', 'refresh_token', 'privateKey', 'webhookSecret', 'Ocp-Apim-Subscription-Key'],
])('%s names a secret', (name) => {
  expect(keyMeaning(name)).toEqual({ kind: 'API_KEY', certain: true })
})

test.each(['token', 'key', 'DATABRICKS_TOKEN', 'session', 'cookie', 'sig'])(
  '%s names a secret if the value looks like one',
  (name) => {
    expect(keyMeaning(name)).toEqual({ kind: 'API_KEY', certain: false })
  },
)

test.each([
  ...['primaryKey', 'sort_key', 'max_tokens', 'nextPageToken', 'keyboard', 'passenger', 'compass'],
  ...['tokenizer', 'secretary', 'input_token', 'x', '', 'a'.repeat(80)],
])('%s names no secret', (name) => {
  expect(keyMeaning(name)).toBeUndefined()
})
