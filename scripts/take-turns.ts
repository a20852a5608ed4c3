import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Deals the files out in turn, so that the long tests of one folder do not end up in one half. */
export class TakeTurns extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index = 1, count = 1 } = this.ctx.config.shard ?? {}
    return files
      .toSorted((one, other) => one.moduleId.localeCompare(other.moduleId))
      .filter((_file, position) => position % count === index - 1)
  }
}
