using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Interop.Support;
using P2P.Transport.Connections;

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

    /// <summary>js lists its muxer inside the Noise handshake; when we list none, both fall back to multistream under the encryption (trap 9).</summary>
    [InteropFact]
    public async Task The_muxer_is_negotiated_when_we_name_none_in_the_handshake()
    {
        UpgradeOptions late = new() { EarlyMuxer = false };
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer dialling = await OwnPeer.StartAsync(upgrade: late);
        await dialling.DialAsync(js.Address);
        await EchoBothWaysAsync(dialling, js);

        await using OwnPeer listening = await OwnPeer.StartAsync(upgrade: late);
        await js.CallAsync("dial", new JsonObject { ["addr"] = listening.Address });
        await EchoBothWaysAsync(listening, js);
    }

    [InteropFact]
    public async Task Streams_of_one_connection_do_not_disturb_each_other()
    {
        const int Streams = 8; // what our echo allows one peer at a time
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);
        byte[][] data = [.. Enumerable.Range(0, Streams).Select(static i => Bytes(256 * 1024 + i, (ulong)i))];

        Task<byte[][]> ours = Task.WhenAll(data.Select(d => own.EchoAsync(js.Id, d)));
        Task<JsonElement[]> theirs = Task.WhenAll(data.Select(d => js.CallAsync("echo", EchoOf(own, d))));

        Assert.Equal(data, await ours);
        Assert.All(await theirs, static result => Assert.True(result.GetProperty("equal").GetBoolean()));
    }

    /// <summary>
    /// Protocol id and data of ours leave in one flight. Our side ends only after the answer: with the end in the same flight the handler of
    /// js-libp2p 3.3.11 never ends (trap 19), which is theirs and not tested here.
    /// </summary>
    [InteropFact]
    public async Task A_small_request_in_the_first_flight_is_answered()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);
        using CancellationTokenSource limit = Patience.Start();
        for (int i = 0; i < 10; i++)
        {
            PeerStream opened = await own.Network.OpenStreamAsync(js.Id, [OwnPeer.Echo], limit.Token);
            await using MuxedStream stream = opened.Stream;
            await stream.WriteAsync("hello"u8.ToArray(), limit.Token);
            byte[] answer = new byte[5];
            for (int got = 0; got < answer.Length;)
            {
                int count = await stream.ReadAsync(answer.AsMemory(got), limit.Token);
                Assert.True(count > 0, "js ended the stream before the answer was whole");
                got += count;
            }

            Assert.Equal("hello"u8.ToArray(), answer);
            await stream.CloseWriteAsync(limit.Token);
            Assert.Equal(0, await stream.ReadAsync(answer, limit.Token));
        }
    }

    [InteropFact]
    public async Task Each_side_sees_the_other_hang_up_and_can_connect_again()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);
        await js.EventAsync("peer:connect");

        await js.CallAsync("hangup", new JsonObject { ["peer"] = own.Id.ToString() });
        await Patience.UntilAsync("js has hung up", _ => Task.FromResult(own.Network.IsConnected(js.Id)), static connected => !connected);
        await own.DialAsync(js.Address);
        await Patience.UntilAsync("js counts two connections", _ => Task.FromResult(js.CountOf("peer:connect")), static count => count == 2);

        using CancellationTokenSource limit = Patience.Start();
        await own.Network.DisconnectAsync(js.Id, limit.Token);
        await Patience.UntilAsync("js has seen us hang up", _ => Task.FromResult(js.CountOf("peer:disconnect")), static count => count == 2);
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
        byte[] data = Bytes(Mebibyte, seed: 20);
        Assert.Equal(data, await own.EchoAsync(js.Id, data));
        Assert.True((await js.CallAsync("echo", EchoOf(own, data))).GetProperty("equal").GetBoolean());
    }

    private static JsonObject EchoOf(OwnPeer own, byte[] data) =>
        new() { ["peer"] = own.Id.ToString(), ["data"] = Convert.ToBase64String(data) };

    private static byte[] Bytes(int count, ulong seed)
    {
        byte[] data = new byte[count];
        new SeededChance(seed).Fill(data);
        return data;
    }
}
