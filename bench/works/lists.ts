import { measureRequests } from '../load/requests.ts'
import type { Filling } from '../stores/fill.ts'
import { fillStore } from '../stores/fill.ts'
import { repositoryName, tagName } from '../stores/names.ts'
import type { Target, Work } from '../work.ts'

const pageSize = 100

interface List {
  readonly name: string
  readonly title: string
  readonly fill: keyof Filling
  readonly path: string
  readonly entry: (i: number) => string
  readonly read: (body: Buffer) => readonly string[]
}

const tagList: List = {
  name: 'tags-page',
  title: 'page of tags in the middle of many',
  fill: 'fillTags',
  path: `/v2/${repositoryName(0)}/tags/list`,
  entry: tagName,
  read: (body) => (JSON.parse(body.toString()) as { tags: string[] }).tags,
}

const catalog: List = {
  name: 'catalog-page',
  title: 'page of the catalog in the middle of many',
  fill: 'fillRepositories',
  path: '/v2/_catalog',
  entry: repositoryName,
  read: (body) => (JSON.parse(body.toString()) as { repositories: string[] }).repositories,
}

/** @throws Error if it is neither the page that was asked for nor the whole list */
function checkPage(target: Target, list: List, body: Buffer, middle: number, count: number): void {
  const items = list.read(body)
  if (items.length === pageSize && items[0] === list.entry(middle)) return
  if (items.length !== count) {
    throw new Error(`${items.length} entries from ${items[0]} on, not the page asked for`)
  }
  target.note('knows no pages here and answers with the whole list')
}

function readPage(list: List): Work {
  const { name, title, fill } = list
  return {
    ...{ name, title },
    unit: '1/s',
    better: 'more',
    per: '1000 requests',
    needs: ['wrk'],
    registriesOnly: true,
    fill: (contender, root, { listed }) => fillStore(contender, fill, root, listed),
    async prepare(target, bench) {
      const { listed } = bench.scale
      const middle = listed / 2
      return measureRequests(target, bench, {
        url: `${target.url}${list.path}?n=${pageSize}&last=${list.entry(middle - 1)}`,
        method: 'GET',
        accept: 'application/json',
        check: (body) => checkPage(target, list, body, middle, listed),
      })
    },
  }
}

export const listWorks: readonly Work[] = [readPage(tagList), readPage(catalog)]
