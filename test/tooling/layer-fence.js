/**
 * ESLint rule `sexton/layer-fence`: an import that the table in `layers.js` does not grant is an
 * error that names both layers. It resolves relative paths instead of matching their text, so that
 * `../../raft/x.js` from a subfolder counts like `../raft/x.js`.
 */
import path from 'node:path';
import { LAYERS } from './layers.js';

const granted = (targets, target) =>
  targets.some((allowed) => target === allowed || target.startsWith(`${allowed}/`));

const ownsPackage = (packages, name) =>
  packages.some((allowed) => (allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed));

/** `@scope/name/deep` and `name/deep` are the packages `@scope/name` and `name`. */
const packageName = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** `import type {...}`, `export type {...}`, or every name in the braces marked `type`. */
function isTypeOnly(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => (name.importKind ?? name.exportKind) === 'type');
}

export const layerFence = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      unknownLayer: 'src/{{layer}}/ is not in test/tooling/layers.js: say there what it may import.',
      outside: '{{layer}}/ must not import "{{specifier}}": it lies outside src/.',
      layer: '{{layer}}/ must not import {{target}}{{how}}: arrows point down only (test/tooling/layers.js).',
      package: '{{layer}}/ must not import the package {{name}} (test/tooling/layers.js).',
      builtin: '{{layer}}/ is pure and must not import {{name}}.',
    },
  },

  create(context) {
    const src = path.join(context.cwd, 'src');
    const file = context.filename;
    const layer = path.relative(src, file).split(path.sep)[0];
    const rules = LAYERS[layer];

    function check(node, source, how) {
      if (typeof source?.value !== 'string') return;
      const specifier = source.value;
      const report = (messageId, data) => {
        context.report({ node, messageId, data: { layer, specifier, ...data } });
      };

      if (specifier.startsWith('node:')) {
        if (!rules.builtins) report('builtin', { name: specifier });
        return;
      }
      if (!specifier.startsWith('.')) {
        const name = packageName(specifier);
        if (!ownsPackage(rules.packages, name)) report('package', { name });
        return;
      }

      const resolved = path.relative(src, path.resolve(path.dirname(file), specifier));
      if (resolved.startsWith('..')) {
        report('outside', {});
        return;
      }
      const target = resolved.split(path.sep).join('/').replace(/\.js$/, '');
      if (target.split('/')[0] === layer) return;
      const allowed = [
        ...rules.values,
        ...(how === 'type' ? rules.types : []),
        ...(how === 'lazy' ? (rules.lazy ?? []) : []),
      ];
      if (granted(allowed, target)) return;
      const loosely = [...rules.types, ...(rules.lazy ?? [])];
      const hint = granted(loosely, target) ? ' other than by `import type` or `await import()`' : '';
      report('layer', { target, how: hint });
    }

    const checkDeclaration = (node) => {
      check(node, node.source, isTypeOnly(node) ? 'type' : 'value');
    };

    return {
      Program(node) {
        if (rules === undefined) context.report({ node, messageId: 'unknownLayer', data: { layer } });
      },
      ...(rules !== undefined && {
        ImportDeclaration: checkDeclaration,
        ExportNamedDeclaration: checkDeclaration,
        ExportAllDeclaration: checkDeclaration,
        ImportExpression: (node) => {
          check(node, node.source, 'lazy');
        },
        TSImportType: (node) => {
          check(node, node.source ?? node.argument?.literal, 'type');
        },
      }),
    };
  },
};
