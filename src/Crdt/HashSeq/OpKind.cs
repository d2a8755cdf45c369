namespace P2P.Crdt.HashSeq;

/// <summary>The four operations; the numbers are part of every id.</summary>
/// <remarks>Spec: hashseq, section 3.</remarks>
internal enum OpKind : byte
{
    None = 0,
    InsertRoot = 1,
    InsertAfter = 2,
    InsertBefore = 3,
    Remove = 4,
}
