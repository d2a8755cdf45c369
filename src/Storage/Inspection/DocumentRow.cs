using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage.Inspection;

/// <summary>A registered document; without its genesis when that block is rotten or missing.</summary>
internal sealed record DocumentRow(long Id, Cid Cid, Genesis? Genesis);
