using System.Globalization;
using System.Text.Json;
using P2P.Core.Runtime;
using P2P.Interop.Support;
using Xunit.Abstractions;

namespace P2P.Interop;

/// <summary>Multicast discovery with @libp2p/mdns; never on a real interface.</summary>
/// <param name="output">Says where it ran.</param>
public sealed class MdnsTests(ITestOutputHelper output)
{
    /// <summary>Two hosts: network namespaces joined by a veth pair, UDP port 5353 and group route as in life.</summary>
    [InteropFact]
    public async Task Js_and_ours_on_two_hosts_find_each_other_by_multicast()
    {
        (Namespaces? pair, string problem) = await Namespaces.TryCreateAsync();
        if (pair is null)
        {
            output.WriteLine($"No network namespaces here ({problem}): on loopback instead.");
            await OnLoopbackAsync();
            return;
        }

        await using Namespaces owned = pair;
        await using JsPeer js = await JsPeer.StartInAsync(pair.A, "mdns", $"listen=/ip4/{Namespaces.AddressA}/tcp/0");
        await using MdnsChild own = await MdnsChild.StartAsync(pair.B, Namespaces.AddressB, "veth-b", 5353);
        await FindEachOtherAsync(js, own);
    }

    /// <summary>One host: both share a port of their own on the loopback interface.</summary>
    [InteropFact]
    public Task Js_and_ours_on_one_host_find_each_other_by_multicast() => OnLoopbackAsync();

    /// <summary>Two hosts without IPv4. Our own peer on both sides: @libp2p/mdns multicasts over IPv4 alone.</summary>
    [Fact]
    public async Task Ours_on_two_hosts_without_IPv4_find_each_other_by_multicast()
    {
        (Namespaces? pair, string problem) = await Namespaces.TryCreateAsync(onlyIPv6: true);
        if (pair is null)
        {
            // Loopback cannot stand in: Linux has no route for IPv6 multicast on lo.
            output.WriteLine($"NOT RUN: no network namespaces here ({problem}).");
            return;
        }

        await using Namespaces owned = pair;
        await using MdnsChild first = await MdnsChild.StartAsync(pair.A, Namespaces.AddressA6, "veth-a", 5353);
        await using MdnsChild second = await MdnsChild.StartAsync(pair.B, Namespaces.AddressB6, "veth-b", 5353);
        JsonElement found = await second.EventAsync("peer:discovery", e => e.GetProperty("peer").GetString() == first.Id.ToString());

        Assert.Contains(WithoutPeer(first.Address), found.GetProperty("addrs").ToString(), StringComparison.Ordinal);
        Assert.StartsWith($"/ip6/{Namespaces.AddressA6}/", first.Address, StringComparison.Ordinal);
        await second.EventAsync("peer:connect", e => e.GetProperty("peer").GetString() == first.Id.ToString());
        await first.EventAsync("peer:discovery", e => e.GetProperty("peer").GetString() == second.Id.ToString());
    }

    private static async Task OnLoopbackAsync()
    {
        int port = 20_000 + SystemChance.Instance.Below(10_000);
        await using JsPeer js = await JsPeer.StartAsync("mdns=lo", string.Create(CultureInfo.InvariantCulture, $"mdnsPort={port}"));
        await using MdnsChild own = await MdnsChild.StartAsync(null, "127.0.0.1", "lo", port);
        await FindEachOtherAsync(js, own);
    }

    private static async Task FindEachOtherAsync(JsPeer js, MdnsChild own)
    {
        JsonElement byJs = await js.EventAsync("peer:discovery", e => e.GetProperty("peer").GetString() == own.Id.ToString());
        JsonElement byOwn = await own.EventAsync("peer:discovery", e => e.GetProperty("peer").GetString() == js.Id.ToString());

        Assert.Contains(WithoutPeer(own.Address), byJs.GetProperty("addrs").ToString(), StringComparison.Ordinal);
        Assert.Contains(WithoutPeer(js.Address), byOwn.GetProperty("addrs").ToString(), StringComparison.Ordinal);
        // What was found is also dialable; js itself dials nobody.
        await own.EventAsync("peer:connect", e => e.GetProperty("peer").GetString() == js.Id.ToString());
        await js.EventAsync("peer:connect", e => e.GetProperty("peer").GetString() == own.Id.ToString());
    }

    private static string WithoutPeer(string address) => address[..address.IndexOf("/p2p/", StringComparison.Ordinal)];
}
