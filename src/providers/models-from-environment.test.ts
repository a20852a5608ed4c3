import { describe, expect, it } from 'vitest'
import { isHoldfastError } from '../base/errors.ts'
import { modelsFromEnvironment } from './models-from-environment.ts'
import { ollama, ollamaUrl } from './openai/ollama.ts'
import { openai } from './openai/openai.ts'

const named = (env: Record<string, string>): string[] | undefined =>
  modelsFromEnvironment(env)?.models.map(({ provider, id }) => `${provider}/${id}`)

describe('modelsFromEnvironment', () => {
  it('gives nothing for an environment that names nothing', () => {
    expect(modelsFromEnvironment({})).toBeUndefined()
    expect(modelsFromEnvironment({ OPENAI_API_KEY: '', OLLAMA_HOST: '' })).toBeUndefined()
  })

  it('takes all that are named, in order, and says why', () => {
    const chosen = modelsFromEnvironment({
      OLLAMA_HOST: 'localhost',
      ANTHROPIC_API_KEY: 'a',
      OPENAI_API_KEY: 'o',
    })
    expect(chosen?.description).toBe(
      'openai/gpt-5-mini (OPENAI_API_KEY), then anthropic/claude-haiku-4-5 (ANTHROPIC_API_KEY), then ollama/llama3.2 (OLLAMA_HOST)',
    )
    expect(chosen?.models).toHaveLength(3)
  })

  it('takes the models that are asked for', () => {
    expect(
      named({
        OPENAI_API_KEY: 'o',
        OPENAI_MODEL: 'gpt-5',
        ANTHROPIC_API_KEY: 'a',
        ANTHROPIC_MODEL: 'claude-opus-4-5',
      }),
    ).toEqual(['openai/gpt-5', 'anthropic/claude-opus-4-5'])
  })

  it('takes another server without a key', () => {
    const env = { OPENAI_BASE_URL: 'http://localhost:8000/v1', OPENAI_MODEL: 'qwen3' }
    expect(named(env)).toEqual(['localhost:8000/qwen3'])
  })

  it('asks for the model of another server', () => {
    const choose = () => modelsFromEnvironment({ OPENAI_BASE_URL: 'http://localhost:8000/v1' })
    expect(choose).toThrow(/Set OPENAI_MODEL; GET http:\/\/localhost:8000\/v1\/models/)
  })

  it('asks for the key of OpenAI’s own server', () => {
    const choose = () => modelsFromEnvironment({ OPENAI_BASE_URL: 'https://api.openai.com/v1' })
    expect(choose).toThrow(/OPENAI_API_KEY/)
  })

  it('never shows a key', () => {
    try {
      modelsFromEnvironment({
        OPENAI_BASE_URL: 'nonsense',
        OPENAI_API_KEY: 'sk-secret',
        OPENAI_MODEL: 'm',
      })
      expect.unreachable()
    } catch (error) {
      expect(isHoldfastError(error, 'INVALID_CONFIG')).toBe(true)
      expect(String(error)).not.toContain('sk-secret')
    }
  })
})

describe('openai', () => {
  it('knows the windows of its models', () => {
    const env = { OPENAI_API_KEY: 'k' }
    expect(openai('gpt-5-mini', { env }).capabilities.contextWindow).toBe(400_000)
    expect(openai('my-tuned-model', { env }).capabilities.contextWindow).toBeUndefined()
    expect(openai('gpt-5', { env, contextWindow: 1_000 }).capabilities.contextWindow).toBe(1_000)
  })
})

describe('ollama', () => {
  it.each([
    ['', 'http://127.0.0.1:11434'],
    ['localhost', 'http://localhost:11434'],
    ['box:8080', 'http://box:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:80', 'http://127.0.0.1'],
    ['http://box:11434/', 'http://box:11434'],
    ['https://ollama.example.com', 'https://ollama.example.com'],
  ])('reads the host %j', (host, url) => {
    expect(ollamaUrl(host)).toBe(url)
  })

  it('is named as such', () => {
    expect(ollama('llama3.2', { env: {} })).toMatchObject({ provider: 'ollama', id: 'llama3.2' })
  })
})
