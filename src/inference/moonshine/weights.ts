// Takes the 8-bit weights out of Moonshine's published decoder file.
import { ELEMENT, readOnnx, type OnnxGraph, type OnnxTensor } from '../onnx-file.ts';
import type { QuantizedMatrix } from '../onnx-graph.ts';

const PREFIX = 'model.decoder.';

/** Names as in the published file: `layers.0.self_attn.q_proj`, `layers.0.input_layernorm.weight`. */
export class MoonshineWeights {
  readonly #tensors: ReadonlyMap<string, OnnxTensor>;
  /** Layer to the name of its weights. */
  readonly #matrices: ReadonlyMap<string, string>;

  /** @throws Error when the bytes are not Moonshine's merged decoder. */
  constructor(bytes: Uint8Array) {
    const { graph } = readOnnx(bytes);
    this.#tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    // The branch for a first step also computes what the layers take from the audio, so it names every weight.
    this.#matrices = new Map(
      firstStep(graph).node.flatMap(({ opType, name, input }) =>
        opType === 'MatMulInteger' ? [[layerOf(name), input[1] ?? ''] as const] : [],
      ),
    );
  }

  matrix(layer: string): QuantizedMatrix {
    const name = this.#matrices.get(layer);
    if (name === undefined) throw new Error(`The decoder has no layer ${layer}.`);
    return this.#quantized(name, name.replace('_quantized', ''));
  }

  /** The output layer, from the width to the tokens; its columns are the embeddings of the tokens. */
  outputLayer(): QuantizedMatrix {
    const name = `${PREFIX}embed_tokens.weight_merged_0`;
    const { rows: columns, columns: rows, ...embedding } = this.#quantized(`${name}_quantized`, name);
    return { ...embedding, rows, columns, order: 'columns' };
  }

  vector(name: string): Float32Array {
    return this.#floats(`${PREFIX}${name}_merged_0`);
  }

  /** Of the rotary position embedding, one per pair of values. */
  frequencies(): Float32Array {
    return this.#floats('/model/decoder/rotary_emb/Cast_1_output_0');
  }

  #quantized(name: string, family: string): QuantizedMatrix {
    const { dims, rawData, dataType } = this.#tensor(name);
    const [rows, columns] = dims;
    if (dataType !== ELEMENT.uint8 || rows === undefined || columns === undefined) {
      throw new Error(`${name} is no matrix of 8-bit weights.`);
    }
    return {
      rows,
      columns,
      codes: rawData,
      order: 'rows',
      scale: this.#scale(`${family}_scale`),
      zeroPoint: this.#byte(`${family}_zero_point`),
    };
  }

  #floats(name: string): Float32Array {
    const { rawData, floatData = [] } = this.#tensor(name);
    if (floatData.length > 0) return Float32Array.from(floatData);
    // A copy, since floats must begin at a multiple of four bytes.
    return new Float32Array(Uint8Array.from(rawData).buffer);
  }

  #scale(name: string): number {
    const [scale] = this.#floats(name);
    if (scale === undefined) throw new Error(`${name} is empty.`);
    return scale;
  }

  #byte(name: string): number {
    const { rawData, int32Data = [] } = this.#tensor(name);
    const value = int32Data[0] ?? rawData[0];
    if (value === undefined) throw new Error(`${name} is empty.`);
    return value;
  }

  #tensor(name: string): OnnxTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Error(`The decoder has no tensor ${name}.`);
    return tensor;
  }
}

function firstStep({ node }: OnnxGraph): OnnxGraph {
  const branch = node[0]?.attribute.find(({ g }) => g?.name === 'no_past')?.g;
  if (branch === undefined) throw new Error('The decoder has no branch for a first step.');
  return branch;
}

/** `/model/decoder/layers.0/mlp/up_proj/MatMul_quant` is `layers.0.mlp.up_proj`. */
function layerOf(nodeName: string): string {
  return nodeName.replace('/model/decoder/', '').replace('/MatMul_quant', '').replaceAll('/', '.');
}
