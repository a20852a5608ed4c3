import type { FailureReason } from '../../model/failure-reason.ts'

/**
 * How providers name their failures, as data: a new dialect is a new entry.
 *
 * `precise` labels decide alone. `texts` are for failures that a provider tells only in words, under a
 * label that says no more than "invalid request". `broad` labels decide where nothing better is there.
 */
export interface Dialect {
  readonly name: string
  readonly precise?: Readonly<Record<string, FailureReason>>
  readonly texts?: readonly (readonly [pattern: RegExp, reason: FailureReason])[]
  readonly broad?: Readonly<Record<string, FailureReason>>
}

const openai: Dialect = {
  name: 'OpenAI',
  precise: {
    insufficient_quota: 'quota-exhausted',
    credit_balance_exhausted: 'quota-exhausted',
    billing_hard_limit_reached: 'quota-exhausted',
    billing_not_active: 'quota-exhausted',
    organization_spend_limit_exceeded: 'quota-exhausted',
    project_spend_limit_exceeded: 'quota-exhausted',
    organization_usage_limit_exceeded: 'quota-exhausted',
    context_length_exceeded: 'context-too-long',
    string_above_max_length: 'context-too-long',
    model_not_found: 'model-not-found',
    invalid_api_key: 'bad-key',
    account_deactivated: 'bad-key',
    invalid_organization: 'bad-key',
    mismatched_organization: 'bad-key',
    unsupported_country_region_territory: 'bad-key',
    content_policy_violation: 'content-filter',
    invalid_prompt: 'content-filter',
    unsupported_parameter: 'unsupported',
    unsupported_value: 'unsupported',
    invalid_json_schema: 'unsupported',
    engine_overloaded: 'overloaded',
    slow_down: 'overloaded',
    stream_truncated: 'cut',
  },
  texts: [
    // Gemini calls a limit per minute a quota, too; that one is a rate.
    [/per_?minute/i, 'rate-limited'],
    [/exceeded your current quota/i, 'quota-exhausted'],
    [/maximum context length|context window (?:of|is|exceeded)/i, 'context-too-long'],
    [/invalid schema for (?:response_format|function)/i, 'unsupported'],
    [/unrecognized request argument|is not supported with this model/i, 'unsupported'],
    [/model .{1,100} does not exist|has been (?:deprecated|retired)/i, 'model-not-found'],
    [/engine is (?:currently )?overloaded|currently overloaded/i, 'overloaded'],
  ],
  broad: {
    rate_limit_exceeded: 'rate-limited',
    requests: 'rate-limited',
    tokens: 'rate-limited',
    server_error: 'server-error',
    internal_error: 'server-error',
    internal_server_error: 'server-error',
    service_unavailable: 'overloaded',
  },
}

const azure: Dialect = {
  name: 'Azure',
  precise: {
    deploymentnotfound: 'model-not-found',
    modelnotfound: 'model-not-found',
    unknown_model: 'model-not-found',
    content_filter: 'content-filter',
    responsibleaipolicyviolation: 'content-filter',
    nocapacity: 'overloaded',
    ratelimitreached: 'rate-limited',
    operationnotsupported: 'unsupported',
    accessdenied: 'bad-key',
    permissiondenied: 'bad-key',
    unauthorized: 'bad-key',
  },
  texts: [[/content management policy/i, 'content-filter']],
  broad: {
    too_many_requests: 'rate-limited',
    toomanyrequests: 'rate-limited',
    internalserverfailure: 'server-error',
    serviceunavailable: 'overloaded',
  },
}

const anthropic: Dialect = {
  name: 'Anthropic',
  precise: {
    overloaded_error: 'overloaded',
    enforced_spend_limit_reached: 'quota-exhausted',
    billing_error: 'quota-exhausted',
    authentication_error: 'bad-key',
    permission_error: 'bad-key',
    request_too_large: 'context-too-long',
    timeout_error: 'server-error',
  },
  texts: [
    [/credit balance is too low/i, 'quota-exhausted'],
    [/prompt is too long|exceed(?:s|ed)? context limit/i, 'context-too-long'],
    [/assistant message prefill|prefill(?:ing)? .{0,60}not supported/i, 'unsupported'],
    [/output blocked by content filtering/i, 'content-filter'],
  ],
  broad: {
    rate_limit_error: 'rate-limited',
    api_error: 'server-error',
    not_found_error: 'model-not-found',
  },
}

const gemini: Dialect = {
  name: 'Gemini and Vertex AI',
  precise: {
    api_key_invalid: 'bad-key',
    api_key_service_blocked: 'bad-key',
    unauthenticated: 'bad-key',
    permission_denied: 'bad-key',
    service_disabled: 'bad-key',
    consumer_suspended: 'bad-key',
    unavailable: 'overloaded',
    deadline_exceeded: 'server-error',
  },
  texts: [
    // A quota per day, or one of nothing at all, is not a rate: waiting a minute does not help.
    [/per_?day|perday|limit: 0\b/i, 'quota-exhausted'],
    [/api key not valid|api key expired/i, 'bad-key'],
    [/location is not supported/i, 'bad-key'],
    [/exceeds the maximum number of tokens/i, 'context-too-long'],
    [/is not found for api version|not supported for generatecontent/i, 'model-not-found'],
    [/unknown name|function calling is not enabled/i, 'unsupported'],
  ],
  broad: {
    resource_exhausted: 'rate-limited',
    not_found: 'model-not-found',
    internal: 'server-error',
  },
}

const openrouter: Dialect = {
  name: 'OpenRouter',
  precise: { moderation: 'content-filter' },
  texts: [
    [/free-models-per-day|insufficient credits|key limit exceeded/i, 'quota-exhausted'],
    [/no endpoints found that support/i, 'unsupported'],
    [/no (?:endpoints|allowed providers)|not a valid model/i, 'model-not-found'],
    [/flagged by|requires moderation/i, 'content-filter'],
  ],
}

const bedrock: Dialect = {
  name: 'Amazon Bedrock',
  precise: {
    throttlingexception: 'rate-limited',
    servicequotaexceededexception: 'quota-exhausted',
    modelnotreadyexception: 'overloaded',
    serviceunavailableexception: 'overloaded',
    modeltimeoutexception: 'server-error',
    modelstreamerrorexception: 'server-error',
    internalserverexception: 'server-error',
    accessdeniedexception: 'bad-key',
    unrecognizedclientexception: 'bad-key',
    expiredtokenexception: 'bad-key',
    resourcenotfoundexception: 'model-not-found',
  },
  texts: [[/input is too long|too many input tokens/i, 'context-too-long']],
}

const compatible: Dialect = {
  name: 'Groq, Mistral, DeepSeek, vLLM, llama.cpp, Ollama, TGI',
  precise: {
    // The model's own answer did not parse at the provider.
    tool_use_failed: 'broken-tool-call',
    json_validate_failed: 'garbage',
    model_decommissioned: 'model-not-found',
    invalid_model: 'model-not-found',
    notfounderror: 'model-not-found',
    capacity_exceeded: 'overloaded',
    service_tier_capacity_exceeded: 'overloaded',
    exceed_context_size_error: 'context-too-long',
    unavailable_error: 'overloaded',
    overloaded: 'overloaded',
    invalid_authentication_error: 'bad-key',
  },
  texts: [
    [/insufficient balance|payment required|out of credits/i, 'quota-exhausted'],
    [
      /context (?:size|length) .{0,40}exceed|exceed.{0,40}context (?:size|length)/i,
      'context-too-long',
    ],
    [/reduce the length of the (?:messages|input)|too large for model/i, 'context-too-long'],
    [/input(?:s)? tokens .{0,40}must be|`inputs` must have less than/i, 'context-too-long'],
    [
      /model .{1,100} not found|no such model|model .{1,100} is not (?:available|loaded)/i,
      'model-not-found',
    ],
    [/does not support (?:tools|images|json|structured|chat|system|parameter)/i, 'unsupported'],
    [/model is overloaded|loading model|server is busy|over capacity/i, 'overloaded'],
    [/invalid api key|incorrect api key/i, 'bad-key'],
  ],
}

/** In the order in which they are asked; where two know a label, they mean the same by it. */
export const dialects: readonly Dialect[] = [
  openai,
  azure,
  anthropic,
  gemini,
  openrouter,
  bedrock,
  compatible,
]
