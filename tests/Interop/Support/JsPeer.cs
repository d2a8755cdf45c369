using P2P.TestSupport;

namespace P2P.Interop.Support;

/// <summary>A real js-libp2p peer (with Helia when asked): <c>js/peer.mjs</c> under the node of <c>js/node_modules</c>.</summary>
internal sealed class JsPeer : ChildPeer
{
    public const string MissingReason = "needs the node peers: npm ci --prefix tests/Interop/js";

    private static readonly string s_folder = Path.Combine(Require.Root, "tests", "Interop", "js");

    private JsPeer(string file, IEnumerable<string> arguments)
        : base(file, arguments)
    {
    }

    /// <summary>Whether <c>npm ci</c> has been run.</summary>
    public static bool Installed => File.Exists(Node);

    private static string Node => Path.Combine(s_folder, "node_modules", "node", "bin", OperatingSystem.IsWindows() ? "node.exe" : "node");

    /// <summary>Starts a peer and waits until it listens.</summary>
    /// <param name="options">As <c>peer.mjs</c> reads them, without the dashes: <c>key=RSA</c>, <c>gossip</c>, <c>kad</c> …</param>
    public static Task<JsPeer> StartAsync(params IEnumerable<string> options) => StartInAsync(null, options);

    /// <summary>The same inside a network namespace.</summary>
    public static async Task<JsPeer> StartInAsync(string? netNamespace, params IEnumerable<string> options)
    {
        Assert.True(Installed, MissingReason);
        string[] command = [.. Namespaces.Prefix(netNamespace), Node, Path.Combine(s_folder, "peer.mjs"), .. options.Select(static o => $"--{o}")];
        JsPeer peer = new(command[0], command[1..]);
        try
        {
            await peer.StartedAsync();
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }
}
