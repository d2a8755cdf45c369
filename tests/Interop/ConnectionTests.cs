using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Interop.Support;

namespace P2P.Interop;

/// <summary>TCP + Noise + yamux with js-libp2p, each side dialling.</summary>
public sealed class ConnectionTests
{
    private const int Mebibyte = 1 << 20;

    [InteropTheory]
    [InlineData("Ed25519")]
    [InlineData("secp256k1")]
    [InlineData("RSA")]
    public async Task Ours_dials_js_and_a_mebibyte_is_echoed_both_ways(string jsKey)
    {
        await using JsPeer js = await JsPeer.StartAsync($"key={jsKey}");
        await using OwnPeer own = await OwnPeer.StartAsync();

        await own.DialAsync(js.Address);
        await js.EventAsync("peer:connect", e => e.GetProperty("peer").GetString() == own.Id.ToString());

        Assert.True(Assert.Single(own.Network.Connections).Outbound);
        await EchoBothWaysAsync(own, js);
    }

    [InteropTheory]
    [InlineData("Ed25519")]
    [InlineData("secp256k1")]
    [InlineData("RSA")]
    public async Task Js_dials_ours_and_a_mebibyte_is_echoed_both_ways(string jsKey)
    {
        await using JsPeer js = await JsPeer.StartAsync($"key={jsKey}");
        await using OwnPeer own = await OwnPeer.StartAsync();

        await js.CallAsync("dial", new JsonObject { ["addr"] = own.Address });
        await own.IdentifiedAsync(js.Id);

        Assert.False(Assert.Single(own.Network.Connections).Outbound);
        await EchoBothWaysAsync(own, js);
    }

    [InteropFact]
    public async Task Js_accepts_each_kind_of_identity_that_it_knows_itself()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        foreach (KeyType key in new[] { KeyType.Ed25519, KeyType.Secp256k1, KeyType.Rsa })
        {
            await using OwnPeer own = await OwnPeer.StartAsync(key);
            await own.DialAsync(js.Address);
            Assert.True((await js.CallAsync("echo", new JsonObject { ["peer"] = own.Id.ToString(), ["size"] = 100 })).GetProperty("equal").GetBoolean());
        }
    }

    [InteropFact]
    public async Task Ping_is_answered_both_ways()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);
        using CancellationTokenSource limit = Patience.Start();

        TimeSpan ours = await own.Network.PingAsync(js.Id, limit.Token);
        double theirs = (await js.CallAsync("ping", new JsonObject { ["peer"] = own.Id.ToString() })).GetProperty("ms").GetDouble();

        Assert.True(ours > TimeSpan.Zero);
        Assert.True(theirs >= 0);
    }

    private static async Task EchoBothWaysAsync(OwnPeer own, JsPeer js)
    {
        byte[] data = new byte[Mebibyte];
        new SeededChance(20).Fill(data);

        Assert.Equal(data, await own.EchoAsync(js.Id, data));
        JsonObject request = new() { ["peer"] = own.Id.ToString(), ["data"] = Convert.ToBase64String(data) };
        Assert.True((await js.CallAsync("echo", request)).GetProperty("equal").GetBoolean());
    }
}
