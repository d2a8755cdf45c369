using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Presence;
using P2P.PubSub;

namespace P2P.Node.Documents;

/// <summary>What the presence loop of a document needs.</summary>
/// <param name="Gossip">Where messages go and come from.</param>
/// <param name="Document">The document.</param>
/// <param name="Self">This node.</param>
/// <param name="Place">Names the places of a caret; null while one of them is in no event.</param>
internal sealed record PresencePorts(
    GossipNetwork Gossip, Cid Document, PeerId Self, Func<PresenceCaret, Task<(PresencePlace Cursor, PresencePlace? Anchor)?>> Place);
