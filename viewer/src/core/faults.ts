/** As fangma.asset_registry.work_orders.facts has them. */
export const FAULTS = ['leak', 'blocked', 'no_supply', 'power', 'lighting', 'climate', 'fire_safety', 'lift', 'door_window', 'fabric', 'furniture', 'network', 'smell', 'other'] as const;
export const URGENCIES = ['low', 'normal', 'urgent', 'emergency'] as const;
