using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>What happens to a session.</summary>
internal abstract record SessionInput;

/// <summary>The opener begins.</summary>
/// <param name="Documents">Documents to compare.</param>
/// <param name="Dormant">Dormant documents both sides have named, with their frontier hashes: compared by digest first.</param>
internal sealed record SyncStarted(IReadOnlyList<Cid> Documents, DigestTree? Dormant) : SessionInput;

/// <summary>A message arrived.</summary>
internal sealed record SyncReceived(SyncMessage Message, int FrameBytes) : SessionInput;

/// <summary>Answer to <see cref="AskSummaries"/>: documents that are open here, in any order.</summary>
internal sealed record SyncSummarised(IReadOnlyList<SyncSummary> Documents) : SessionInput;

/// <summary>Answer to <see cref="AskPlan"/>.</summary>
internal sealed record SyncPlanned(Cid Document, SyncPlan Plan) : SessionInput;

/// <summary>Answer to <see cref="AskBlocks"/>: as many of the first as fit the budget, null where there is none.</summary>
internal sealed record SyncLoaded(IReadOnlyList<Event?> Events) : SessionInput;

/// <summary>Answer to <see cref="InsertBlocks"/>, in their order: they are durable now.</summary>
internal sealed record SyncInserted(InsertBlocks What, IReadOnlyList<EventVerdict> Verdicts) : SessionInput;

/// <summary>Answer to <see cref="AskHeads"/>.</summary>
internal sealed record SyncChecked(Cid Document, bool HasAll) : SessionInput;

/// <summary>Answer to <see cref="AskView"/>.</summary>
internal sealed record SyncViewed(Cid Document, RangeView View) : SessionInput;

/// <summary>Answer to <see cref="AskDormant"/>.</summary>
internal sealed record SyncDormant(DigestTree Tree) : SessionInput;

/// <summary>One message has left: the peer has taken what was before it, or has room for it.</summary>
internal sealed record SyncSent : SessionInput;

/// <summary>The peer ended its side, or the stream was cut.</summary>
/// <param name="Refusal">None at the end of the stream; what was wrong otherwise.</param>
internal sealed record SyncEnded(SyncRefusal Refusal) : SessionInput;

/// <summary>Something here failed: a document was closed, a store broke.</summary>
internal sealed record SyncFailed : SessionInput;

/// <summary>Time passed.</summary>
internal sealed record SyncTicked : SessionInput;
