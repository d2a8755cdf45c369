using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Interop.Support;
using P2P.Transport.Connections;

namespace P2P.Interop;

/// <summary>The check most often missing in other stacks: whoever answers must be whom was dialled.</summary>
public sealed class RefusalTests
{
    [InteropFact]
    public async Task We_refuse_js_when_it_is_not_whom_we_dialled()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        using CancellationTokenSource limit = Patience.Start();
        Multiaddr wrong = Multiaddr.Parse(js.Address).WithoutPeer().WithPeer(Somebody());

        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => own.Network.DialAsync(wrong, limit.Token));

        Assert.Equal(TransportError.PeerIdMismatch, refusal.Error);
        Assert.Empty(own.Network.ConnectedPeers);
        Assert.Empty((await js.CallAsync("info")).GetProperty("peers").EnumerateArray());
        Assert.Equal(0, js.CountOf("peer:connect"));
    }

    [InteropFact]
    public async Task Js_refuses_us_when_we_are_not_whom_it_dialled()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        Multiaddr wrong = own.Network.ListenAddresses[0].WithPeer(Somebody());

        JsonElement result = await js.TryCallAsync("dial", new JsonObject { ["addr"] = wrong.ToString() });

        Assert.False(result.GetProperty("ok").GetBoolean());
        // js wraps its UnexpectedPeerError; only the text says that it was the identity.
        Assert.Equal("EncryptionFailedError", result.GetProperty("name").GetString());
        Assert.Contains("does not match expected remote identity key", result.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, js.CountOf("peer:connect"));
        Assert.Empty(own.Network.ConnectedPeers);
        // The same address with the right id works: nothing else was wrong with it.
        await js.CallAsync("dial", new JsonObject { ["addr"] = own.Address });
    }

    private static PeerId Somebody() => PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance).PublicKey.PeerId;
}
