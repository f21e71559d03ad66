// Reads and writes ONNX model files, as far as rewriting a model needs it.
import protobuf from 'protobufjs/light.js';

/** Element types of tensors, by their number in onnx.proto. */
export const ELEMENT = { float: 1, uint8: 2, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT;

export interface OnnxTensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  /** Little-endian, as the machines that run the models are. Small tensors may have their values in the lists instead. */
  readonly rawData: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
}

export interface OnnxAttribute {
  readonly name: string;
  /** 1 float, 2 integer, 5 graph, 7 integers. */
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
  readonly g?: OnnxGraph;
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

export interface OnnxValue {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[];
      };
    };
  };
}

export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: OnnxGraph;
}

const optional = (type: string, id: number): protobuf.IField => ({ type, id });
const repeated = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });

/** Field numbers of onnx.proto (ONNX 1.17). Fields that are left out are dropped when a file is read. */
const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: optional('int64', 1),
        graph: optional('Graph', 7),
        opsetImport: repeated('OperatorSet', 8),
      },
    },
    OperatorSet: { fields: { domain: optional('string', 1), version: optional('int64', 2) } },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: optional('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('Value', 11),
        output: repeated('Value', 12),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: optional('string', 3),
        opType: optional('string', 4),
        attribute: repeated('Attribute', 5),
        domain: optional('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: optional('string', 1),
        f: optional('float', 2),
        i: optional('int64', 3),
        g: optional('Graph', 6),
        ints: repeated('int64', 8),
        type: optional('int32', 20),
      },
    },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: optional('int32', 2),
        floatData: repeated('float', 4),
        int32Data: repeated('int32', 5),
        name: optional('string', 8),
        rawData: optional('bytes', 9),
      },
    },
    Value: { fields: { name: optional('string', 1), type: optional('Type', 2) } },
    Type: { fields: { tensorType: optional('TensorType', 1) } },
    TensorType: { fields: { elemType: optional('int32', 1), shape: optional('Shape', 2) } },
    Shape: { fields: { dim: repeated('Dimension', 1) } },
    Dimension: { fields: { dimValue: optional('int64', 1), dimParam: optional('string', 2) } },
  },
});
const modelType = root.lookupType('Model');

/** @throws Error when the bytes are no protocol buffer. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const message = modelType.decode(bytes);
  return modelType.toObject(message, { longs: Number, defaults: true, arrays: true }) as OnnxModel;
}

export function writeOnnx(model: OnnxModel): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}
