namespace P2P.Crdt.Federation.Programs;

/// <summary>Judges the parameters of an operator.</summary>
/// <param name="parameters">Canonical DAG-CBOR map.</param>
internal delegate bool ParameterCheck(ReadOnlySpan<byte> parameters);
