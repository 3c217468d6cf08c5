/** `host:port` as people write it: a name, an IPv4 address, or an IPv6 address in brackets. */
const HOST_PORT = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:,=[\]]+):(\d{1,5})$/;
const PORT_MAX = 65_535;

export function isHostPort(text: string): boolean {
  const match = HOST_PORT.exec(text);
  return match !== null && Number(match[1]) <= PORT_MAX;
}
