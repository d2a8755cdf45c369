using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using Xunit.Sdk;

namespace P2P.Interop.Support;

/// <summary>
/// A peer in a process of its own that speaks JSON lines: commands to its stdin, results and events from its stdout. Killed on disposal; it
/// also ends by itself when its stdin closes, so a killed test run leaves nothing behind.
/// </summary>
internal class ChildPeer : IAsyncDisposable
{
    private const int EventsMax = 20_000;
    private const int ErrorLinesMax = 100;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<JsonElement> _events = [];
    private readonly Queue<string> _errors = [];
    private readonly Dictionary<int, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _output;
    private readonly Task _error;
    private TaskCompletionSource _changed = New();
    private bool _ended;
    private int _lastCall;

    protected ChildPeer(string file, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new XunitException($"{file} did not start.");
        _output = PoolSpawner.Instance.StartAsync(ReadOutputAsync);
        _error = PoolSpawner.Instance.StartAsync(ReadErrorAsync);
    }

    /// <summary>Who it is.</summary>
    public PeerId Id { get; private set; }

    /// <summary>Where it listens, with <c>/p2p</c>; the first of its addresses.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>Runs a command that must succeed.</summary>
    public async Task<JsonElement> CallAsync(string command, JsonObject? arguments = null)
    {
        JsonElement result = await TryCallAsync(command, arguments);
        return result.GetProperty("ok").GetBoolean() ? result : throw Fail($"{command} failed: {result}");
    }

    /// <summary>Runs a command that may fail.</summary>
    /// <returns>The result line, with <c>ok</c>.</returns>
    public async Task<JsonElement> TryCallAsync(string command, JsonObject? arguments = null)
    {
        TaskCompletionSource<JsonElement> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_gate)
        {
            id = ++_lastCall;
            _calls.Add(id, answer);
            if (_ended)
            {
                throw Fail($"{command}: the process has ended");
            }
        }

        JsonObject request = arguments ?? [];
        request["id"] = id;
        request["cmd"] = command;
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteAsync($"{request.ToJsonString()}\n");
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        try
        {
            return await answer.Task.OrGiveUpAsync();
        }
        catch (TimeoutException)
        {
            throw Fail($"{command}: no answer");
        }
    }

    /// <summary>Waits for an event, past or future.</summary>
    /// <param name="name">The <c>ev</c> of the line.</param>
    /// <param name="wanted">Which of that name; null takes any.</param>
    public async Task<JsonElement> EventAsync(string name, Func<JsonElement, bool>? wanted = null)
    {
        using CancellationTokenSource limit = Patience.Start();
        int next = 0;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                for (; next < _events.Count; next++)
                {
                    if (_events[next].GetProperty("ev").GetString() == name && wanted?.Invoke(_events[next]) != false)
                    {
                        return _events[next];
                    }
                }

                changed = _changed.Task;
                if (_ended)
                {
                    throw Fail($"waiting for {name}: the process has ended");
                }
            }

            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw Fail($"waiting for {name}: nothing of the kind in {Patience.Limit.TotalSeconds} s");
            }
        }
    }

    /// <summary>How many events of a name have come so far.</summary>
    public int CountOf(string name, Func<JsonElement, bool>? wanted = null)
    {
        lock (_gate)
        {
            return _events.Count(e => e.GetProperty("ev").GetString() == name && wanted?.Invoke(e) != false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await Task.WhenAll(_output, _error);
        _process.Dispose();
        _writing.Dispose();
    }

    /// <summary>A failure that shows what the process said last.</summary>
    public XunitException Fail(string message)
    {
        lock (_gate)
        {
            string events = string.Join('\n', _events.TakeLast(20).Select(e => Shorten(e.ToString())));
            return new XunitException(string.Create(
                CultureInfo.InvariantCulture, $"{message}\n--- last events of {Id.Short}\n{events}\n--- stderr\n{string.Join('\n', _errors)}"));
        }
    }

    /// <summary>Waits until it is up.</summary>
    protected async Task StartedAsync()
    {
        JsonElement ready = await EventAsync("ready");
        Id = PeerId.Parse(ready.GetProperty("peerId").GetString()!);
        Address = ready.GetProperty("addrs")[0].GetString()!;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Shorten(string text) => text.Length <= 1000 ? text : text[..1000] + "…";

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Take(document.RootElement.Clone());
        }

        lock (_gate)
        {
            _ended = true;
            _changed.TrySetResult();
            foreach (TaskCompletionSource<JsonElement> call in _calls.Values)
            {
                call.TrySetException(new XunitException("The process has ended."));
            }
        }
    }

    private void Take(JsonElement line)
    {
        lock (_gate)
        {
            if (line.GetProperty("ev").GetString() == "result" && line.GetProperty("id").ValueKind == JsonValueKind.Number)
            {
                if (_calls.Remove(line.GetProperty("id").GetInt32(), out TaskCompletionSource<JsonElement>? call))
                {
                    call.TrySetResult(line);
                }

                return;
            }

            Invariant.Check(_events.Count < EventsMax, "A peer says too much.");
            _events.Add(line);
            _changed.TrySetResult();
            _changed = New();
        }
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _errors.Enqueue(line);
                if (_errors.Count > ErrorLinesMax)
                {
                    _errors.Dequeue();
                }
            }
        }
    }
}
