/** Members as the wire shows them. */
import type { Member as WireMember } from '../../generated/sexton/v1/Member.js';
import type { MemberView } from '../../node/node-api.js';
import type { Configuration, Member, MemberId } from '../../raft/types.js';

export function toMember(view: MemberView, directoryId = ''): WireMember {
  return {
    memberId: view.id,
    address: view.address,
    role: view.role === 'voter' ? 'MEMBER_ROLE_VOTER' : 'MEMBER_ROLE_LEARNER',
    directoryId,
  };
}

/** Voters and learners, by id. */
export function toMembers(configuration: Configuration): WireMember[] {
  const wire = (member: Member, role: 'voter' | 'learner'): WireMember =>
    toMember({ id: member.id, address: member.address, role }, member.directoryId);
  return [
    ...configuration.voters.map((member) => wire(member, 'voter')),
    ...configuration.learners.map((member) => wire(member, 'learner')),
  ].sort((a, b) => (a.memberId ?? 0) - (b.memberId ?? 0));
}

/** One member of a configuration; just its id when the configuration does not have it. */
export function toMemberById(configuration: Configuration, id: MemberId): WireMember {
  return toMembers(configuration).find((member) => member.memberId === id) ?? { memberId: id };
}
