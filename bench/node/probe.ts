/** What a machine's adapter is and has, before anything is measured on it. */

export interface Probe {
  readonly adapter: Readonly<Record<string, string | boolean | number | undefined>>;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** Throws, with what to do, where there is no adapter. */
export async function probeAdapter(gpu: GPU): Promise<Probe> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new Error(
      'Dawn finds no adapter. On Linux it needs a Vulkan driver: set VK_DRIVER_FILES to its .json file (NVIDIA: ' +
        'nvidia_icd.json), or compute in software with the SwiftShader of a Chromium.',
    );
  const { vendor, architecture, device, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } =
    adapter.info;
  return {
    adapter: {
      vendor,
      architecture,
      device,
      // Dawn puts the driver and its version here.
      description,
      isFallbackAdapter,
      subgroupMinSize,
      subgroupMaxSize,
    },
    features: [...adapter.features].sort(),
    limits: limitsOf(adapter.limits),
  };
}

/** Limits are getters of the prototype, so that they have to be looked for there. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(limits)).filter((name) =>
    /^(min|max)/.test(name),
  );
  return Object.fromEntries(
    names.sort().map((name) => [name, Number(limits[name as keyof GPUSupportedLimits])]),
  );
}

export function formatProbe({ adapter, features, limits }: Probe): string {
  const line = ([name, value]: [string, unknown]) => `  ${name.padEnd(44)} ${value}`;
  return [
    'adapter',
    ...Object.entries(adapter).map(line),
    'features',
    ...features.map((name) => `  ${name}`),
    'limits',
    ...Object.entries(limits).map(line),
  ].join('\n');
}
