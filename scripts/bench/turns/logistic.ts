// Logistic regression with a penalty on large weights, by gradient descent with momentum: the same examples, the same weights.

export interface Example {
  readonly features: Float32Array;
  readonly isPositive: boolean;
  /** Against the others of its class. */
  readonly weight: number;
}

export interface LogisticFit {
  readonly bias: number;
  /** Of the features as they are. */
  readonly weights: Float64Array;
}

/**
 * Of the standardized weights' squares. Over the bench's ten folds the area under the curve is the same within 0.01 from 0.05
 * to 0.8, and the share of false cut-offs at a median of 700 ms within 0.4 points.
 */
const PENALTY = 0.1;
/** Below it a feature never changes but by rounding: it says nothing, and must not be divided by nothing. */
const LEAST_SPREAD = 1e-12;
const ROUNDS = 400;
const STEP = 0.05;
const MOMENTUM = 0.9;

/** Both classes weigh the same together, however many examples they have. */
export function fitLogistic(examples: readonly Example[]): LogisticFit {
  const { means, deviations } = spreadOf(examples);
  const width = means.length;
  const rows = examples.map(({ features }) =>
    features.map((value, i) => (value - means[i]!) / deviations[i]!),
  );
  const weightOf = (wanted: boolean): number =>
    examples.reduce((sum, { isPositive, weight }) => (isPositive === wanted ? sum + weight : sum), 0);
  const totals = { positive: weightOf(true), negative: weightOf(false) };
  const shares = examples.map(
    ({ isPositive, weight }) => (0.5 * weight) / (isPositive ? totals.positive : totals.negative),
  );
  const weights = new Float64Array(width);
  const speeds = new Float64Array(width);
  let bias = 0;
  let biasSpeed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const slopes = weights.map((weight) => PENALTY * weight);
    let biasSlope = 0;
    rows.forEach((row, n) => {
      let score = bias;
      for (let i = 0; i < width; i += 1) score += row[i]! * weights[i]!;
      const error = (1 / (1 + Math.exp(-score)) - (examples[n]!.isPositive ? 1 : 0)) * shares[n]!;
      biasSlope += error;
      for (let i = 0; i < width; i += 1) slopes[i]! += error * row[i]!;
    });
    for (let i = 0; i < width; i += 1) {
      speeds[i] = MOMENTUM * speeds[i]! - STEP * slopes[i]!;
      weights[i]! += speeds[i]!;
    }
    biasSpeed = MOMENTUM * biasSpeed - STEP * biasSlope;
    bias += biasSpeed;
  }
  const plain = weights.map((weight, i) => weight / deviations[i]!);
  return { bias: plain.reduce((sum, weight, i) => sum - weight * means[i]!, bias), weights: plain };
}

function spreadOf(examples: readonly Example[]): { means: Float64Array; deviations: Float64Array } {
  const width = examples[0]?.features.length ?? 0;
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  for (const { features } of examples) features.forEach((value, i) => (means[i]! += value / examples.length));
  for (const { features } of examples) {
    features.forEach((value, i) => (deviations[i]! += (value - means[i]!) ** 2 / examples.length));
  }
  return { means, deviations: deviations.map((square) => (square < LEAST_SPREAD ? 1 : Math.sqrt(square))) };
}
