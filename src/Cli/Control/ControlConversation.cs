using P2P.Core.Runtime;

namespace P2P.Cli.Control;

/// <summary>One command at the node's side: reads what it asks for, runs the verb, sends what the verb writes.</summary>
internal sealed class ControlConversation : IDisposable
{
    private static readonly TimeSpan s_requestWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_readsWithin = TimeSpan.FromSeconds(2);

    private readonly Stream _stream;
    private readonly NodeHost _host;
    private readonly CancellationToken _stop;
    private readonly ControlOutbox _outbox = new();
    private readonly ControlInput _input;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _cancel;
    private volatile TaskCompletionSource<int>? _edited; // of the editor that is open, if any

    /// <param name="stream">The connection; closed at the end.</param>
    /// <param name="host">The node.</param>
    /// <param name="stop">Ends the verb: the node stops.</param>
    public ControlConversation(Stream stream, NodeHost host, CancellationToken stop)
    {
        _stream = stream;
        _host = host;
        _stop = stop;
        _input = new ControlInput(_outbox);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token, stop);
    }

    public static async Task RunAsync(Stream stream, NodeHost host, CancellationToken stop)
    {
        using ControlConversation conversation = new(stream, host, stop);
        await conversation.RunAsync();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _input.Dispose();
        _cancel.Dispose();
        _gone.Dispose();
    }

    private async Task RunAsync()
    {
        if (await ReadRequestAsync() is not ControlRequest request || !await TryTakeAsync())
        {
            return;
        }

        Task cutting = PoolSpawner.Instance.StartAsync(CutAsync);
        Task sending = PoolSpawner.Instance.StartAsync(SendAsync);
        Task reading = PoolSpawner.Instance.StartAsync(ReadAsync);
        Finish(await AnswerAsync(request));
        await sending;
        _gone.Cancel();
        await reading;
        await cutting;
    }

    // A command that is suspended reads nothing, and must not keep the node from ending.
    private async Task CutAsync()
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stop, _gone.Token);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration told = either.Token.Register(() => ended.TrySetResult());
        await ended.Task;
        try
        {
            await Task.Delay(s_readsWithin, SystemTime.Provider, _gone.Token);
            _gone.Cancel();
        }
        catch (OperationCanceledException)
        {
            // it ended by itself
        }
    }

    private async Task<ControlRequest?> ReadRequestAsync()
    {
        using CancellationTokenSource deadline = new(s_requestWithin, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop);
        try
        {
            return await ControlFrame.ReadAsync(_stream, either.Token) is byte[] frame
                && ControlMessage.TryDecode(frame, out ControlMessage message) ? message.Request : null;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return null; // went, or said nothing
        }
    }

    // The command knows by the first frame that its verb is run: until then it may ask another node without doing anything twice.
    private async Task<bool> TryTakeAsync()
    {
        try
        {
            await ControlFrame.WriteAsync(_stream, new ControlMessage(ControlMessageKind.Err).Encode(), _stop);
            return true;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return false; // it went, or the node ends
        }
    }

    private async Task<int> AnswerAsync(ControlRequest request)
    {
        CommandContext context = new()
        {
            Arguments = request.Arguments,
            Directory = request.Directory,
            Out = new ControlWriter(_outbox, ControlMessageKind.Out),
            Errors = new ControlWriter(_outbox, ControlMessageKind.Err),
            OpenInput = () => _input,
            OpenOutput = () => new ControlOutput(_outbox),
            EditAsync = EditAsync,
            FlushAsync = _outbox.FlushAsync,
            Terminal = request.Terminal,
            Host = _host,
        };
        try
        {
            if (request.Version != ControlRequest.CurrentVersion)
            {
                context.Errors.WriteLine(
                    $"p2p: the running node speaks version {ControlRequest.CurrentVersion} of the control protocol, this command version {request.Version}. Use the same program for both.");
                return ExitCode.Refused;
            }

            int code = await CommandTree.RunAsync(context, _cancel.Token);
            if (code == ExitCode.Interrupted && _stop.IsCancellationRequested)
            {
                context.Errors.WriteLine("p2p: P2P8061: the running node is stopping and ended this command. Run it again.");
                return ExitCode.Failed;
            }

            return code;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return ExitCode.Interrupted; // the command went while its verb wrote
        }
    }

    private async Task<int> EditAsync(string file, CancellationToken cancellationToken)
    {
        _edited = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _outbox.Post(new ControlMessage(ControlMessageKind.Edit) { Text = file });
        return await _edited.Task.WaitAsync(cancellationToken);
    }

    private void Finish(int code)
    {
        try
        {
            _outbox.Post(new ControlMessage(ControlMessageKind.Exit) { Code = code });
        }
        catch (IOException)
        {
            // nobody is left to be told
        }

        _outbox.Complete();
    }

    private bool TryTake(ControlMessage message) => message.Kind switch
    {
        ControlMessageKind.Input => _input.TryTake(message.Bytes),
        ControlMessageKind.Edited => _edited?.TrySetResult(message.Code) ?? false,
        _ => false,
    };

    private async Task SendAsync()
    {
        try
        {
            await _outbox.SendAsync(_stream, _gone.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            _gone.Cancel();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await ControlFrame.ReadAsync(_stream, _gone.Token) is byte[] frame && ControlMessage.TryDecode(frame, out ControlMessage message))
            {
                if (message.Kind == ControlMessageKind.Cancel)
                {
                    _cancel.Cancel();
                }
                else if (!TryTake(message))
                {
                    break; // said what it must not say
                }
            }

            _gone.Cancel();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            if (!_gone.IsCancellationRequested)
            {
                _gone.Cancel();
            }
        }
    }
}
