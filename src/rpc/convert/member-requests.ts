/** Requests that change the membership, checked and in the node's own terms. */
import type { AddMemberRequest__Output } from '../../generated/sexton/v1/AddMemberRequest.js';
import type { NewMember } from '../../node/node-api.js';
import type { MemberId } from '../../raft/types.js';
import { isHostPort } from '../../shared/host-port.js';
import { Checks } from './checks.js';

const DIRECTORY_ID = /^[0-9a-f]{32}$/;
/** What a name of DNS and a port take. */
const ADDRESS_LENGTH_MAX = 260;

export function fromAddMember(request: AddMemberRequest__Output): NewMember {
  const { memberId, address, httpAddress, directoryId } = request;
  const checks = new Checks();
  if (!isHostPort(address) || address.length > ADDRESS_LENGTH_MAX) {
    checks.add('address', 'must be host:port, where clients and members reach the new node');
  }
  if (httpAddress !== '') checks.add('http_address', 'is not kept yet and must be empty');
  if (directoryId !== '' && !DIRECTORY_ID.test(directoryId)) {
    checks.add('directory_id', 'must be empty or 32 lower-case hexadecimal digits');
  }
  checks.throwIfAny();
  return { id: memberId, address, directoryId };
}

/** PromoteMember and RemoveMember. */
export function fromMemberId(request: { readonly memberId: number }): MemberId {
  const checks = new Checks();
  if (request.memberId === 0) checks.add('member_id', 'is required');
  checks.throwIfAny();
  return request.memberId;
}
