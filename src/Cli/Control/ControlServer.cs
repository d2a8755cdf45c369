using System.Net.Sockets;
using P2P.Core.Runtime;

namespace P2P.Cli.Control;

/// <summary>Serves the verbs of other processes of this user while a node owns the data folder.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Most commands at once; one more is refused by name.</summary>
    public const int CommandsMax = 64;

    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly IControlListener _listener;
    private readonly NodeHost _host;
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _stopAccepting = new();
    private readonly CancellationTokenSource _stopRunning = new();
    private readonly Task _accepting;

    internal ControlServer(IControlListener listener, NodeHost host)
    {
        _listener = listener;
        _host = host;
        _accepting = PoolSpawner.Instance.StartAsync(AcceptAsync);
    }

    /// <summary>Begins to listen in a folder.</summary>
    /// <returns>Null where it cannot: the node runs all the same, its folder is only busy for others.</returns>
    public static ControlServer? TryStart(string directory, NodeHost host, out string? problem)
    {
        problem = null;
        try
        {
            return new ControlServer(ControlEndpoint.Listen(directory), host);
        }
        catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            problem = error.Message;
            return null;
        }
    }

    /// <summary>Whether a command runs here.</summary>
    public bool IsServing => Running().Length > 0;

    /// <summary>Takes no more commands, gives the running ones two seconds to end, then ends them.</summary>
    public ValueTask DisposeAsync() => new(EndAsync(TimeSpan.Zero, CancellationToken.None));

    /// <summary>Takes no more commands, and gives the running ones some time and two seconds to end before it ends them.</summary>
    /// <param name="patience">The time.</param>
    /// <param name="hurry">Ends it, and leaves the two seconds.</param>
    public async Task EndAsync(TimeSpan patience, CancellationToken hurry)
    {
        _stopAccepting.Cancel();
        await _listener.DisposeAsync();
        await _accepting;
        Task all = Task.WhenAll(Running());
        using CancellationTokenSource allEnded = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        await Task.WhenAny(all, Task.Delay(patience, SystemTime.Provider, allEnded.Token));
        if (await Task.WhenAny(all, Task.Delay(s_drain, SystemTime.Provider, CancellationToken.None)) != all)
        {
            _stopRunning.Cancel();
        }

        await all;
        allEnded.Cancel();
        _stopAccepting.Dispose();
        _stopRunning.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    await AcceptOneAsync();
                }
                catch (SocketException)
                {
                    // Too many open files, say: that passes, and until then one command is lost, not the way to the node.
                    await Task.Delay(s_again, SystemTime.Provider, _stopAccepting.Token);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or IOException)
        {
            // stopped
        }
    }

    private async Task AcceptOneAsync()
    {
        Stream stream = await _listener.AcceptAsync(_stopAccepting.Token);
        if (Running().Length >= CommandsMax)
        {
            await RefuseAsync(stream);
            return;
        }

        lock (_gate)
        {
            _running.RemoveWhere(static t => t.IsCompleted);
            _running.Add(PoolSpawner.Instance.StartAsync(() => ControlConversation.RunAsync(stream, _host, _stopRunning.Token)));
        }
    }

    private Task[] Running()
    {
        lock (_gate)
        {
            return [.. _running.Where(static t => !t.IsCompleted)];
        }
    }

    private static async Task RefuseAsync(Stream stream)
    {
        await using Stream owned = stream;
        string text = $"p2p: the running node serves {CommandsMax} commands at once and has that many. End one of them.{Environment.NewLine}";
        using CancellationTokenSource deadline = new(s_drain, SystemTime.Provider);
        try
        {
            await ControlFrame.WriteAsync(stream, new ControlMessage(ControlMessageKind.Err) { Text = text }.Encode(), deadline.Token);
            await ControlFrame.WriteAsync(stream, new ControlMessage(ControlMessageKind.Exit) { Code = ExitCode.Refused }.Encode(), deadline.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // it went before it was told
        }
    }
}
