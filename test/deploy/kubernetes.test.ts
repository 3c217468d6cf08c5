/**
 * The Kubernetes manifests: that they fit together (names, labels, ports), and the handful of fields
 * without which a Raft group on Kubernetes deadlocks, loses its disks or its quorum.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText, readYaml, root } from './deploy-files.js';

interface Named {
  readonly name: string;
}
interface Labels {
  readonly matchLabels: Readonly<Record<string, string>>;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}
interface Variable extends Named {
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}
interface Container extends Named {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly envFrom: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[];
  readonly ports: readonly (Named & { readonly containerPort: number })[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: unknown;
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly volumeMounts: readonly (Named & { readonly mountPath: string })[];
}
interface StatefulSet {
  readonly metadata: Named;
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly ordinals: { readonly start: number };
    readonly podManagementPolicy: string;
    readonly persistentVolumeClaimRetentionPolicy: Readonly<Record<string, string>>;
    readonly selector: Labels;
    readonly volumeClaimTemplates: readonly { readonly metadata: Named }[];
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly containers: readonly [Container];
        readonly enableServiceLinks: boolean;
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly affinity: {
          readonly podAntiAffinity: Readonly<
            Record<string, readonly { readonly topologyKey: string; readonly labelSelector: Labels }[]>
          >;
        };
      };
    };
  };
}
interface Service {
  readonly metadata: Named;
  readonly spec: {
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly (Named & { readonly port: number; readonly targetPort: string })[];
  };
}

const folder = 'deploy/kubernetes';
const read = (file: string) => readYaml(`${folder}/${file}`);
const one = (file: string) => read(file)[0] as never;

const statefulSet: StatefulSet = one('statefulset.yaml');
const services = read('services.yaml') as Service[];
const configMap: { metadata: Named; data: Record<string, string> } = one('config.yaml');
const secret: { metadata: Named; stringData: Record<string, string> } = one('secret.example.yaml');
const kustomization: { namespace: string; resources: string[]; images: { name: string; newTag: string }[] } =
  one('kustomization.yaml');

const { spec } = statefulSet;
const pod = spec.template.spec;
const [container] = pod.containers;
const labels = spec.selector.matchLabels;
const variable = (name: string) => container.env.find((entry) => entry.name === name);
const ordinals = Array.from({ length: spec.replicas }, (_, index) => spec.ordinals.start + index);

describe('deploy/kubernetes', () => {
  it('lists every manifest but the example secret, and every document is an object of a kind', () => {
    const files = readdirSync(path.join(root, folder)).filter(
      (file) => file.endsWith('.yaml') && !['kustomization.yaml', 'secret.example.yaml'].includes(file),
    );
    expect([...kustomization.resources].sort()).toEqual(files.sort());
    for (const file of [...files, 'secret.example.yaml']) {
      expect(existsSync(path.join(root, folder, file))).toBe(true);
      for (const document of read(file)) {
        expect(document, file).toMatchObject({
          apiVersion: expect.stringMatching(/^([a-z.0-9]+\/)?v\d/),
          kind: expect.any(String),
          metadata: { name: expect.any(String) },
        });
      }
    }
  });

  it('runs the version of package.json', () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };
    expect(kustomization.images).toEqual([{ name: container.image, newTag: version }]);
    expect(readText('deploy/compose.yaml')).toContain(`image: sexton:${version}\n`);
  });

  it('starts all members at once, by ids that are the pod ordinals', () => {
    expect(spec.replicas).toBe(3);
    expect(spec.podManagementPolicy).toBe('Parallel');
    expect(spec.ordinals.start).toBe(1);
    expect(variable('SEXTON_MEMBER_ID')?.valueFrom?.fieldRef.fieldPath).toBe(
      `metadata.labels['apps.kubernetes.io/pod-index']`,
    );
  });

  it('names each member by the address it advertises, under the headless service', () => {
    const peers = services.find((service) => service.metadata.name === spec.serviceName);
    expect(peers?.spec.clusterIP).toBe('None');
    expect(peers?.spec.publishNotReadyAddresses).toBe(true);

    const advertise = variable('SEXTON_ADVERTISE')?.value ?? '';
    const expected = ordinals.map(
      (ordinal) =>
        `${ordinal}=${advertise.replace('$(POD_NAME)', `${statefulSet.metadata.name}-${ordinal}`)}`,
    );
    expect(variable('SEXTON_MEMBERS')?.value).toBe(expected.join(','));
    expect(advertise).toBe(`$(POD_NAME).${spec.serviceName}.$(POD_NAMESPACE).svc:7401`);
    const names = container.env.map((entry) => entry.name);
    for (const used of ['POD_NAME', 'POD_NAMESPACE']) {
      // $(NAME) expands only from variables that stand before it.
      expect(names.indexOf(used)).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(used)).toBeLessThan(names.indexOf('SEXTON_ADVERTISE'));
    }
  });

  it('keeps the variables that Kubernetes makes of services out of the settings', () => {
    expect(pod.enableServiceLinks).toBe(false);
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  it('routes every service port to a port of the container, of the same number', () => {
    const ports = new Map(container.ports.map((port) => [port.name, port.containerPort]));
    expect([...ports]).toEqual([
      ['grpc', 7401],
      ['http', 7411],
    ]);
    for (const service of services) {
      expect(service.spec.selector).toEqual(labels);
      for (const port of service.spec.ports) expect(ports.get(port.targetPort)).toBe(port.port);
    }
    expect(spec.template.metadata.annotations['prometheus.io/port']).toBe('7411');
  });

  it('has all three probes, and gives a start more time than a stall', () => {
    expect(container.startupProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    const patience = (probe: Probe) => probe.periodSeconds * probe.failureThreshold;
    expect(patience(container.startupProbe)).toBeGreaterThan(patience(container.livenessProbe));
    expect(patience(container.livenessProbe)).toBeGreaterThan(patience(container.readinessProbe));
  });

  it('runs without privileges, as the user of the image, on a read-only root', () => {
    const user = /^USER (\d+):(\d+)$/m.exec(readText('deploy/Dockerfile'));
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(user?.[1]),
      runAsGroup: Number(user?.[2]),
      fsGroup: Number(user?.[2]),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('spreads members over machines and lets a drain take one at a time', () => {
    expect(pod.affinity.podAntiAffinity['requiredDuringSchedulingIgnoredDuringExecution']).toEqual([
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
    ]);
    expect(one('pod-disruption-budget.yaml')).toMatchObject({
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    });
    expect(one('network-policy.yaml')).toMatchObject({ spec: { podSelector: { matchLabels: labels } } });
    expect(spec.template.metadata.labels).toEqual(labels);
  });

  it('keeps the disks, mounts them where the image has its data, and bounds memory but not CPU', () => {
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
    expect(container.volumeMounts).toEqual([{ name: 'data', mountPath: '/var/lib/sexton' }]);
    expect(spec.volumeClaimTemplates.map((claim) => claim.metadata.name)).toEqual(['data']);
    expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits)).toEqual(['memory']);
  });

  it('takes settings from the config map and credentials from the secret, and nothing secret elsewhere', () => {
    expect(container.envFrom).toEqual([
      { configMapRef: { name: configMap.metadata.name } },
      { secretRef: { name: secret.metadata.name } },
    ]);
    expect(Object.keys(configMap.data).filter((name) => /KEY|SECRET|TOKEN/.test(name))).toEqual([]);
    expect(Object.keys(secret.stringData)).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
    expect(container.args).toEqual(['serve']);
  });

  it('waits as long for an orderly stop as compose and systemd do', () => {
    const seconds = pod.terminationGracePeriodSeconds;
    expect(readText('deploy/compose.yaml')).toContain(`stop_grace_period: ${seconds}s`);
    expect(readText('deploy/systemd/sexton.service')).toContain(`TimeoutStopSec=${seconds}s`);
  });
});
