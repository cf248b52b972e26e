/**
 * The graphs by which a device proves itself, as ONNX files in base64, made by test/golden/self-test-graphs.ts (which says
 * how). No weights: everything is an input, and every dimension is dynamic.
 */
export const selfTestGraphs = {
  /** softmax(q k^T) v for q, k, v [B,H,N,D], written out. */
  attention:
    'CAkSC3N0YWJsZS1wb3NlOpYDCjMKAWsSAmt0GgxUcmFuc3Bvc2U6a3QiCVRyYW5zcG9zZSoRCgRwZXJtQABAAUADQAKgAQcK' +
    'JgoBcQoCa3QSBmxvZ2l0cxoNTWF0TXVsOmxvZ2l0cyIGTWF0TXVsCkEKBmxvZ2l0cxIHd2VpZ2h0cxoPU29mdG1heDp3ZWln' +
    'aHRzIgdTb2Z0bWF4KhQKBGF4aXMY////////////AaABAgohCgd3ZWlnaHRzCgF2EgF5GghNYXRNdWw6eSIGTWF0TXVsEglh' +
    'dHRlbnRpb25aMAoBcRIrCikIARIlCgcSBWJhdGNoCgcSBWhlYWRzCggSBnRva2VucwoHEgV3aWR0aFowCgFrEisKKQgBEiUK' +
    'BxIFYmF0Y2gKBxIFaGVhZHMKCBIGdG9rZW5zCgcSBXdpZHRoWjAKAXYSKwopCAESJQoHEgViYXRjaAoHEgVoZWFkcwoIEgZ0' +
    'b2tlbnMKBxIFd2lkdGhiMAoBeRIrCikIARIlCgcSBWJhdGNoCgcSBWhlYWRzCggSBnRva2VucwoHEgV3aWR0aEIECgAQFA==',
  /** The same by onnxruntime's MultiHeadAttention, 2 heads, for q, k, v [B,N,2D]. */
  fusedAttention:
    'CAkSC3N0YWJsZS1wb3NlOp8CCmgKAXEKAWsKAXYSAXkaFE11bHRpSGVhZEF0dGVudGlvbjp5IhJNdWx0aUhlYWRBdHRlbnRp' +
    'b24qEAoJbnVtX2hlYWRzGAKgAQIqDwoFc2NhbGUVAACAP6ABAToNY29tLm1pY3Jvc29mdBIPZnVzZWQtYXR0ZW50aW9uWicK' +
    'AXESIgogCAESHAoHEgViYXRjaAoIEgZ0b2tlbnMKBxIFd2lkdGhaJwoBaxIiCiAIARIcCgcSBWJhdGNoCggSBnRva2VucwoH' +
    'EgV3aWR0aFonCgF2EiIKIAgBEhwKBxIFYmF0Y2gKCBIGdG9rZW5zCgcSBXdpZHRoYicKAXkSIgogCAESHAoHEgViYXRjaAoI' +
    'EgZ0b2tlbnMKBxIFd2lkdGhCBAoAEBRCEQoNY29tLm1pY3Jvc29mdBAB',
  /** 3x3 convolution, padded by one, x [B,C,H,W], weight [O,C,3,3]. */
  convolution:
    'CAkSC3N0YWJsZS1wb3NlOu8BCkYKAXgKBndlaWdodBIBeRoGQ29udjp5IgRDb252KhUKDGtlcm5lbF9zaGFwZUADQAOgAQcq' +
    'EQoEcGFkc0ABQAFAAUABoAEHEgtjb252b2x1dGlvblozCgF4Ei4KLAgBEigKBxIFYmF0Y2gKChIIY2hhbm5lbHMKCBIGaGVp' +
    'Z2h0CgcSBXdpZHRoWi8KBndlaWdodBIlCiMIARIfCgkSB291dHB1dHMKChIIY2hhbm5lbHMKAggDCgIIA2IyCgF5Ei0KKwgB' +
    'EicKBxIFYmF0Y2gKCRIHb3V0cHV0cwoIEgZoZWlnaHQKBxIFd2lkdGhCBAoAEBQ=',
} as const;
