using P2P.Core.Identity;

namespace P2P.Node.Documents;

/// <summary>Somebody else in a document. Offsets are UTF-16 units of <see cref="PresenceView.Text"/>.</summary>
/// <param name="Peer">Whose node; verified.</param>
/// <param name="Name">As that node says; two words from the peer id when it says none. Show it as text, never as markup.</param>
/// <param name="Colour">0xRRGGBB, as that node says.</param>
/// <param name="Caret">Where they type; null when nowhere, or when that text is not here yet.</param>
/// <param name="Anchor">The other end of what they have selected; null when nothing is, or it is not here yet.</param>
public sealed record RemotePresence(PeerId Peer, string Name, uint Colour, int? Caret, int? Anchor);
