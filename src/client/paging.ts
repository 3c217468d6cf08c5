/** Follows page tokens to the end, one page ahead of nothing: the next is asked for when it is wanted. */
import { SextonError } from '../shared/errors.js';

export async function* pagesOf<Page extends { readonly nextPageToken: string }>(
  page: (pageToken: string) => Promise<Page>,
  from = '',
): AsyncGenerator<Page, void, undefined> {
  let pageToken = from;
  while (true) {
    const answer = await page(pageToken);
    yield answer;
    if (answer.nextPageToken === '') return;
    if (answer.nextPageToken === pageToken) {
      throw new SextonError('INTERNAL', 'the server answered a page with the token of the same page');
    }
    pageToken = answer.nextPageToken;
  }
}
