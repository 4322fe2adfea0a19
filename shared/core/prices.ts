/** What one rented machine with a GPU costs, in the table's currency an hour. */
export interface Price {
  readonly cloud: string;
  readonly type: string;
  readonly gpu: string;
  readonly region: string;
  readonly onDemand: number;
  /** Lowest and highest seen over the zones of the region: capacity that may be taken away at any time. */
  readonly spot?: readonly [lowest: number, highest: number];
  /** When these prices were seen: `2026` or `2026-11-18`. */
  readonly asOf: string;
}

/** Prices age: every figure made from a table names the table's date and source. */
export interface PriceTable {
  readonly currency: string;
  /** Date of the table as a whole. */
  readonly date: string;
  readonly source: string;
  readonly prices: readonly Price[];
}

/**
 * Linux prices in US regions. AWS: skypilot-org/skypilot-catalog `catalogs/v9/aws/vms.csv` at 2c3d7ea
 * (2026). Azure: the same catalogue, v6 at 098741e (about 2024). Both Apache-2.0.
 */
export const DEFAULT_PRICES: PriceTable = {
  currency: 'USD',
  date: '2026',
  source: 'skypilot-catalog, AWS of 2026 and Azure of about 2024',
  prices: [
    {
      cloud: 'AWS',
      type: 'g4dn.xlarge',
      gpu: 'T4 16 GB',
      region: 'us-east-1',
      onDemand: 0.526,
      spot: [0.213, 0.216],
      asOf: '2026',
    },
    {
      cloud: 'AWS',
      type: 'g5.xlarge',
      gpu: 'A10G 24 GB',
      region: 'us-east-1',
      onDemand: 1.006,
      spot: [0.433, 0.452],
      asOf: '2026',
    },
    {
      cloud: 'AWS',
      type: 'g6.xlarge',
      gpu: 'L4 24 GB',
      region: 'us-east-1',
      onDemand: 0.8048,
      spot: [0.347, 0.553],
      asOf: '2026',
    },
    {
      cloud: 'AWS',
      type: 'g6e.xlarge',
      gpu: 'L40S 48 GB',
      region: 'us-east-1',
      onDemand: 1.861,
      spot: [0.878, 1.333],
      asOf: '2026',
    },
    {
      cloud: 'Azure',
      type: 'NC4as_T4_v3',
      gpu: 'T4 16 GB',
      region: 'eastus',
      onDemand: 0.526,
      spot: [0.0627, 0.0627],
      asOf: '2024',
    },
  ],
};
