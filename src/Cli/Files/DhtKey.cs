using System.Text;
using P2P.Core.Identity;

namespace P2P.Cli.Files;

/// <summary>A key of the DHT as people write it: <c>/pk/PEER</c> with the peer id as text, all else as it stands.</summary>
/// <param name="Text">As typed.</param>
/// <param name="Bytes">As it goes over the wire.</param>
internal sealed record DhtKey(string Text, ReadOnlyMemory<byte> Bytes)
{
    private const string KeyNamespace = "/pk/";

    public static DhtKey Of(string text) =>
        text.StartsWith(KeyNamespace, StringComparison.Ordinal) && PeerId.TryParse(text.AsSpan(KeyNamespace.Length), out PeerId peer)
            ? new DhtKey(text, (byte[])[.. Encoding.UTF8.GetBytes(KeyNamespace), .. peer.Bytes])
            : new DhtKey(text, Encoding.UTF8.GetBytes(text));
}
