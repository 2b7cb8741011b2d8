const MB = 1_000_000

/** How much work there is. Sizes are bytes. */
export interface Scale {
  readonly rounds: number
  /** Of each measurement with wrk, which knows whole seconds only. */
  readonly seconds: number
  /** Of each measurement of small requests with the client. */
  readonly clientSeconds: number
  /** Seconds of the same load before the first round of small requests; 0 measures a cold start. */
  readonly warmUp: number
  /** Layers that one stream pushes or pulls. */
  readonly layer: number
  /** Layers that several streams push. */
  readonly sharedLayer: number
  /** An image for real clients. */
  readonly image: number
  readonly images: number
  readonly mounts: number
  /** Tags of one repository, repositories, and manifests of a store to start with. */
  readonly listed: number
  readonly referrers: number
  /** Of the work that watches memory. */
  readonly crowd: { readonly pulls: number; readonly pushes: number; readonly bytes: number }
  /** Milliseconds after the start of a contender, which may have more to start than what answers. */
  readonly settle: number
  /** How long `memory` and `latency` keep their load up, seconds. */
  readonly loadSeconds: number
  /** No work begins after so many seconds; what is left is reported as not measured. */
  readonly deadline: number
}

export const fullScale: Scale = {
  rounds: 5,
  seconds: 3,
  clientSeconds: 3,
  warmUp: 1,
  layer: 512 * MB,
  sharedLayer: 128 * MB,
  image: 500 * MB,
  images: 1000,
  mounts: 2000,
  listed: 100_000,
  referrers: 1000,
  crowd: { pulls: 100, pushes: 20, bytes: 100 * MB },
  settle: 1000,
  loadSeconds: 10,
  deadline: Number.POSITIVE_INFINITY,
}

export const quickScale: Scale = {
  rounds: 1,
  seconds: 1,
  clientSeconds: 0.5,
  warmUp: 0,
  layer: 64 * MB,
  sharedLayer: 16 * MB,
  image: 30 * MB,
  images: 50,
  mounts: 200,
  listed: 10_000,
  referrers: 100,
  crowd: { pulls: 20, pushes: 4, bytes: 10 * MB },
  settle: 200,
  loadSeconds: 1,
  deadline: 100,
}
