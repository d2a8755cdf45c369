using System.Diagnostics;
using System.Globalization;
using P2P.TestSupport;

namespace P2P.Interop.Support;

/// <summary>
/// Two network namespaces joined by a cable (a veth pair), so that multicast is real and reaches no real interface. Removed on disposal; what
/// a killed run left is removed by the next one.
/// </summary>
internal sealed class Namespaces : IAsyncDisposable
{
    public const string AddressA = "10.77.0.1";
    public const string AddressB = "10.77.0.2";
    public const string AddressA6 = "fd77::1";
    public const string AddressB6 = "fd77::2";
    private const string NamePrefix = "p2p-interop-";

    private Namespaces(string a, string b)
    {
        A = a;
        B = b;
    }

    public string A { get; }

    public string B { get; }

    /// <summary>The words before a command that run it inside a namespace.</summary>
    public static IEnumerable<string> Prefix(string? netNamespace) => netNamespace is null ? [] : ["ip", "netns", "exec", netNamespace];

    /// <summary>Makes the pair.</summary>
    /// <param name="onlyIPv6">Hosts without any IPv4 address, instead of hosts with one.</param>
    /// <returns>Null when this host does not allow it, and why.</returns>
    public static async Task<(Namespaces? Pair, string Problem)> TryCreateAsync(bool onlyIPv6 = false)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "network namespaces are a thing of Linux");
        }

        await RemoveLeftoversAsync();
        string name = string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{Environment.ProcessId}-");
        Namespaces pair = new($"{name}a", $"{name}b");
        string[] steps =
        [
            $"netns add {pair.A}",
            $"netns add {pair.B}",
            $"-n {pair.A} link add veth-a type veth peer name veth-b netns {pair.B}",
            .. onlyIPv6 ? Steps6(pair.A, "veth-a", AddressA6) : Steps(pair.A, "veth-a", AddressA),
            .. onlyIPv6 ? Steps6(pair.B, "veth-b", AddressB6) : Steps(pair.B, "veth-b", AddressB),
        ];
        foreach (string step in steps)
        {
            (bool done, string text) = await IpAsync(step);
            if (!done)
            {
                await pair.DisposeAsync();
                return (null, $"ip {step}: {text}");
            }
        }

        return (pair, string.Empty);
    }

    public async ValueTask DisposeAsync()
    {
        await IpAsync($"netns delete {A}");
        await IpAsync($"netns delete {B}");
    }

    private static IEnumerable<string> Steps(string netNamespace, string device, string address) =>
    [
        $"-n {netNamespace} address add {address}/24 dev {device}",
        $"-n {netNamespace} link set lo up",
        $"-n {netNamespace} link set {device} up",
        // js sends to the group without naming an interface.
        $"-n {netNamespace} route add 224.0.0.251/32 dev {device}",
    ];

    // Without duplicate address detection, which would keep the addresses unusable for a second or two.
    private static IEnumerable<string> Steps6(string netNamespace, string device, string address) =>
    [
        $"netns exec {netNamespace} sysctl -qw net.ipv6.conf.{device}.accept_dad=0",
        $"-n {netNamespace} -6 address add {address}/64 dev {device} nodad",
        $"-n {netNamespace} link set {device} up",
    ];

    private static async Task RemoveLeftoversAsync()
    {
        (bool done, string text) = await IpAsync("netns list");
        foreach (string line in done ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            string name = line.Split(' ')[0];
            if (name.StartsWith(NamePrefix, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(NamePrefix.Length, name.Length - NamePrefix.Length - 2), CultureInfo.InvariantCulture, out int process)
                && !Directory.Exists($"/proc/{process}"))
            {
                await IpAsync($"netns delete {name}");
            }
        }
    }

    private static async Task<(bool Done, string Text)> IpAsync(string arguments)
    {
        try
        {
            await using Child ip = Child.Start(new ProcessStartInfo("ip", arguments.Split(' ')));
            (int exit, string output, string errors) = await ip.EndAsync();
            return (exit == 0, exit == 0 ? output : errors.Trim());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (false, "iproute2 is not installed");
        }
    }
}
