using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>An insertion as the specification defines it, with its id computed at once.</summary>
internal sealed record OracleElement(ElementId Id, OpKind Kind, ElementId Anchor, ElementId[] Extras, int Scalar);
