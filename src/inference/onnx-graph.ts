// Builds an ONNX graph node by node, with ONNX Runtime's own fused operators.
import { ELEMENT, writeOnnx, type ElementType, type OnnxAttribute, type OnnxNode } from './onnx-file.ts';
import type { OnnxTensor, OnnxValue } from './onnx-file.ts';

/** Operators of ONNX Runtime that the standard does not have. */
export const ORT_DOMAIN = 'com.microsoft';
const OPSET = 18;
const IR_VERSION = 9;
/** Weights of one row that share a scale; 32 is as fast as 64 and 128 here, and divides every width of the model. */
const BLOCK = 32;
/** Products in 8-bit integers. Any other level turns the weights into floats at every run: 76 ms a step instead of 1.5. */
const INTEGER_ACCURACY = 4;

/** A matrix of `rows` inputs by `columns` outputs: value = (code - zeroPoint) * scale. */
export interface QuantizedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly codes: Uint8Array;
  /** Whether `codes` go row by row or column by column. */
  readonly order: 'rows' | 'columns';
  readonly scale: number;
  readonly zeroPoint: number;
}

type Dimension = number | string;

export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #tensors = new Map<string, OnnxTensor>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.#inputs.push(valueOf(name, type, dims));
    return name;
  }

  output(name: string, type: ElementType, dims: readonly Dimension[]): void {
    this.#outputs.push(valueOf(name, type, dims));
  }

  floats(name: string, data: Float32Array, dims: readonly number[]): string {
    return this.#tensor(name, 'float', new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dims);
  }

  codes(name: string, data: Uint8Array, dims: readonly number[]): string {
    return this.#tensor(name, 'uint8', data, dims);
  }

  integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#tensor(name, 'int64', new Uint8Array(data.buffer), dims);
  }

  /** The first output's name; further ones have the names given. */
  add(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    this.#nodes.push({
      name: `${operator}:${outputs[0] ?? ''}`,
      opType: operator,
      domain: ORT_OPERATORS.has(operator) ? ORT_DOMAIN : '',
      input: inputs,
      output: outputs,
      attribute: Object.entries(attributes).map(attributeOf),
    });
    return outputs[0] ?? '';
  }

  /**
   * Matrices of the same input width side by side: [..., rows] to [..., sum of columns]. The codes are the tensor
   * `NAME.codes` [columns, rows / 32, 32].
   */
  multiply(name: string, input: string, matrices: readonly QuantizedMatrix[], bias?: Float32Array): string {
    const rows = matrices[0]?.rows ?? 0;
    const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
    const blocks = rows / BLOCK;
    const perColumn = (matrix: QuantizedMatrix): number => matrix.columns * blocks;
    const codes = new Uint8Array(columns * rows);
    const scales = new Float32Array(columns * blocks);
    const zeroPoints = new Uint8Array(columns * blocks);
    let at = 0;
    for (const matrix of matrices) {
      putByColumns(codes.subarray(at * BLOCK), matrix);
      scales.fill(matrix.scale, at, at + perColumn(matrix));
      zeroPoints.fill(matrix.zeroPoint, at, at + perColumn(matrix));
      at += perColumn(matrix);
    }
    const inputs = [
      input,
      this.codes(`${name}.codes`, codes, [columns, blocks, BLOCK]),
      this.floats(`${name}.scales`, scales, [columns * blocks]),
      this.codes(`${name}.zeroPoints`, zeroPoints, [columns * blocks]),
    ];
    if (bias !== undefined) inputs.push('', this.floats(`${name}.bias`, bias, [columns]));
    return this.add('MatMulNBits', inputs, [name], {
      K: rows,
      N: columns,
      bits: 8,
      block_size: BLOCK,
      accuracy_level: INTEGER_ACCURACY,
    });
  }

  split(
    inputs: { readonly of: string; readonly width: number },
    outputs: readonly string[],
  ): readonly string[] {
    const { of, width } = inputs;
    const sizes = this.integers(
      `${of}.split`,
      outputs.map(() => width),
    );
    this.add('Split', [of, sizes], outputs, { axis: -1 });
    return outputs;
  }

  build(): Uint8Array {
    return writeOnnx({
      irVersion: IR_VERSION,
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: ORT_DOMAIN, version: 1 },
      ],
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: [...this.#tensors.values()],
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }

  /** A tensor of a name that is there already is that one. */
  #tensor(name: string, type: ElementType, rawData: Uint8Array, dims: readonly number[]): string {
    this.#tensors.set(name, { name, dataType: ELEMENT[type], dims, rawData });
    return name;
  }
}

const ORT_OPERATORS = new Set([
  'MatMulNBits',
  'MultiHeadAttention',
  'RotaryEmbedding',
  'SkipLayerNormalization',
  'QuickGelu',
]);

/** The operator wants each output's weights together. */
function putByColumns(target: Uint8Array, { rows, columns, codes, order }: QuantizedMatrix): void {
  if (order === 'columns') {
    target.set(codes);
    return;
  }
  for (let column = 0; column < columns; column += 1) {
    const start = column * rows;
    for (let row = 0; row < rows; row += 1) target[start + row] = codes[row * columns + column] as number;
  }
}

function attributeOf([name, value]: readonly [string, number | readonly number[]]): OnnxAttribute {
  if (typeof value !== 'number') return { name, type: 7, ints: value };
  return Number.isInteger(value) && !FLOAT_ATTRIBUTES.has(name)
    ? { name, type: 2, i: value }
    : { name, type: 1, f: value };
}

const FLOAT_ATTRIBUTES = new Set(['alpha', 'epsilon']);

function valueOf(name: string, type: ElementType, dims: readonly Dimension[]): OnnxValue {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}
