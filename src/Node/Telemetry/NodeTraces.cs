using System.Diagnostics;
using P2P.Core.Runtime;

namespace P2P.Node.Telemetry;

/// <summary>What this layer traces, as activities of the source <c>P2P.Node</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class NodeTraces
{
    /// <summary>From the call until the node listens.</summary>
    public const string Start = "p2p.node.start";

    /// <summary>Opening a document or log.</summary>
    public const string Open = "p2p.node.document.open";

    /// <summary>An edit, until its event is durable.</summary>
    public const string Edit = "p2p.node.document.edit";

    /// <summary>An entry of a log, until it is durable.</summary>
    public const string Append = "p2p.node.log.append";

    /// <summary>A file or folder of this machine becomes blocks.</summary>
    public const string PutFile = "p2p.node.file.put";

    /// <summary>A file or folder comes from the store and from peers.</summary>
    public const string GetFile = "p2p.node.file.get";

    /// <summary>One block, from the store or from peers.</summary>
    public const string GetBlock = "p2p.node.block.get";

    /// <summary>A path of names inside a directory.</summary>
    public const string Resolve = "p2p.node.path.resolve";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Node");

    /// <summary>Does it as a part of whatever the caller does, with an activity of its own.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="name">One of the names above.</param>
    /// <param name="body">The work.</param>
    /// <param name="lasts">Whether it starts timers and loops that outlive it: then nothing below becomes a child.</param>
    public static async Task<T> RunAsync<T>(string name, Func<Task<T>> body, bool lasts = false)
    {
        using Activity? activity = lasts
            ? Source.StartAside(name, Activity.Current?.Context ?? default)
            : Source.StartActivity(name);
        if (lasts)
        {
            Activity.Current = null;
        }

        try
        {
            return await body();
        }
        catch (P2PException failed)
        {
            activity.Failed(failed.Error);
            throw;
        }
        catch (Exception failed)
        {
            activity.Failed(failed);
            throw;
        }
    }
}
