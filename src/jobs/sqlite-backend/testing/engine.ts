import {
  type BackendFactory,
  FlowProducer,
  type FlowProducerOptions,
  type IQueueBackend,
  type Job,
  type JobProgress,
  type Processor,
  Queue,
  QueueEvents,
  type QueueEventsOptions,
  QueueEventsProducer,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq'

/** A backend as the tests need it: what BullMQ's constructors take, and how to get rid of it. */
export interface BackendUnderTest<Backend extends IQueueBackend, Connection> {
  readonly factory: BackendFactory<Backend, Connection>
  readonly connection: Connection
  /** Called once, after everything that used the factory was closed. */
  close(): Promise<void>
}

/** A worker that is told when to take a job, and takes one also when it is rate-limited. */
export class ManualWorker<Backend extends IQueueBackend, Connection> extends Worker<
  unknown,
  unknown,
  string,
  Backend,
  JobProgress,
  Connection
> {
  take(token: string): Promise<Job | undefined> {
    return this.moveToActive(token, this.opts.name)
  }

  /** Makes a job of what finishing another one has brought along. */
  async takeAlong(brought: unknown, token: string): Promise<Job | undefined> {
    const [json, id] = Array.isArray(brought) ? brought : []
    return json ? this.nextJobFromJobData(json, id, token) : undefined
  }
}

/** Makes stock BullMQ objects over one backend and closes them all. */
export class Engine<Backend extends IQueueBackend, Connection> {
  readonly #backend: BackendUnderTest<Backend, Connection>
  readonly #opened: { close(): Promise<void> }[] = []

  constructor(backend: BackendUnderTest<Backend, Connection>) {
    this.#backend = backend
  }

  queue(name: string, options: Partial<QueueOptions<Connection>> = {}) {
    return this.#track(new Queue(name, this.#with(options), this.#backend.factory))
  }

  worker<Data, Result>(
    name: string,
    processor: Processor<Data, Result> | null,
    options: Partial<WorkerOptions<Connection>> = {},
  ) {
    const { factory } = this.#backend
    const worker = new Worker<Data, Result, string, Backend, JobProgress, Connection>(
      name,
      processor,
      this.#with(options),
      factory,
    )
    // Errors that a test is about arrive where it waits; the rest must not end the process.
    worker.on('error', () => {})
    return this.#track(worker)
  }

  manualWorker(name: string, options: Partial<WorkerOptions<Connection>> = {}) {
    const manual = { ...options, autorun: false, skipStalledCheck: true, skipLockRenewal: true }
    const { factory } = this.#backend
    return this.#track(
      new ManualWorker<Backend, Connection>(name, null, this.#with(manual), factory),
    )
  }

  events(name: string, options: Partial<QueueEventsOptions<Connection>> = {}) {
    return this.#track(new QueueEvents(name, this.#with(options), this.#backend.factory))
  }

  eventsProducer(name: string) {
    return this.#track(new QueueEventsProducer(name, this.#with({}), this.#backend.factory))
  }

  flows(options: Partial<FlowProducerOptions<Connection>> = {}) {
    return this.#track(new FlowProducer(this.#with(options), this.#backend.factory))
  }

  /** Closes what was made, the latest first, so that workers end before their queues. */
  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0).reverse()) await opened.close()
  }

  #with<Options>(options: Options): Options & { connection: Connection } {
    return { ...options, connection: this.#backend.connection }
  }

  #track<Opened extends { close(): Promise<void> }>(opened: Opened): Opened {
    this.#opened.push(opened)
    return opened
  }
}
