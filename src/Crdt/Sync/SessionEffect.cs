using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>What a session wants done. Every question is answered by exactly one input.</summary>
internal abstract record SessionEffect;

/// <summary>Send a message; <see cref="SyncSent"/> when it has left.</summary>
internal sealed record SendMessage(SyncMessage Message) : SessionEffect;

/// <summary>Summarise those of the documents that are open here.</summary>
/// <param name="Documents">Which.</param>
/// <param name="AuthorsMax">Author entries for each.</param>
/// <param name="Theirs">What the peer claims of them; empty at the opener.</param>
internal sealed record AskSummaries(IReadOnlyList<Cid> Documents, int AuthorsMax, IReadOnlyDictionary<Cid, SyncSummary> Theirs) : SessionEffect;

/// <summary>What to send to somebody who claims this.</summary>
internal sealed record AskPlan(SyncSummary Theirs) : SessionEffect;

/// <summary>Read events: stop when their bytes exceed the budget, but read at least one.</summary>
/// <param name="Document">The document.</param>
/// <param name="Cids">Which, in this order.</param>
/// <param name="BytesMax">Budget.</param>
/// <param name="IsChosenByPeer">Whether a peer chose the CIDs: then only events of the document are read.</param>
internal sealed record AskBlocks(Cid Document, IReadOnlyList<Cid> Cids, int BytesMax, bool IsChosenByPeer) : SessionEffect;

/// <summary>Admit blocks, oldest first.</summary>
internal sealed record InsertBlocks(Cid Document, IReadOnlyList<SyncBlock> Blocks) : SessionEffect;

/// <summary>Are all of these applied here?</summary>
internal sealed record AskHeads(Cid Document, IReadOnlyList<Cid> Heads) : SessionEffect;

/// <summary>Freeze a view for ranges.</summary>
internal sealed record AskView(Cid Document) : SessionEffect;

/// <summary>The digest tree over the dormant documents shared with this peer.</summary>
internal sealed record AskDormant : SessionEffect;

/// <summary>Nothing more will be sent: half-close after what was.</summary>
internal sealed record CloseWriting : SessionEffect;

/// <summary>The session is over.</summary>
/// <param name="Refusal">None = it went well.</param>
internal sealed record EndSession(SyncRefusal Refusal) : SessionEffect;
