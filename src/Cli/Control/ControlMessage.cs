using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace P2P.Cli.Control;

/// <summary>One frame's content: a JSON object <c>{"type":…}</c>.</summary>
/// <param name="Kind">What it says.</param>
internal sealed record ControlMessage(ControlMessageKind Kind)
{
    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = 4 };

    /// <summary>Text of <see cref="ControlMessageKind.Out"/> and <see cref="ControlMessageKind.Err"/>, path of <see cref="ControlMessageKind.Edit"/>.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>Bytes of <see cref="ControlMessageKind.Input"/> and <see cref="ControlMessageKind.Data"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Code of <see cref="ControlMessageKind.Exit"/> and <see cref="ControlMessageKind.Edited"/>.</summary>
    public int Code { get; init; }

    /// <summary>Content of <see cref="ControlMessageKind.Run"/>.</summary>
    public ControlRequest? Request { get; init; }

    public byte[] Encode()
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer, s_writing);
        json.WriteStartObject();
        json.WriteString("type", Kind.ToString().ToLowerInvariant());
        switch (Kind)
        {
            case ControlMessageKind.Run:
                Request!.WriteTo(json);
                break;
            case ControlMessageKind.Out or ControlMessageKind.Err or ControlMessageKind.Edit:
                json.WriteString("text", Text);
                break;
            case ControlMessageKind.Input or ControlMessageKind.Data:
                json.WriteBase64String("data", Bytes.Span);
                break;
            case ControlMessageKind.Exit or ControlMessageKind.Edited:
                json.WriteNumber("code", Code);
                break;
            default:
                break; // cancel and ask say all by their name
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a frame; unknown members are passed over, so that a later program may add some.</summary>
    /// <returns>False when it is no message of this protocol.</returns>
    public static bool TryDecode(ReadOnlyMemory<byte> frame, out ControlMessage message)
    {
        message = new ControlMessage(ControlMessageKind.None);
        try
        {
            using JsonDocument document = JsonDocument.Parse(frame, s_reading);
            return document.RootElement.ValueKind == JsonValueKind.Object && TryDecode(document.RootElement, out message);
        }
        catch (JsonException)
        {
            return false; // the parser has no other way to say so
        }
    }

    private static bool TryDecode(JsonElement root, out ControlMessage message)
    {
        message = new ControlMessage(KindOf(root));
        switch (message.Kind)
        {
            case ControlMessageKind.Run:
                bool isRequest = ControlRequest.TryRead(root, out ControlRequest? request);
                message = message with { Request = request };
                return isRequest;
            case ControlMessageKind.Out or ControlMessageKind.Err or ControlMessageKind.Edit:
                bool isText = root.TryGetProperty("text", out JsonElement item) & JsonText.TryGet(item, out string text);
                message = message with { Text = text };
                return isText;
            case ControlMessageKind.Input or ControlMessageKind.Data:
                byte[]? bytes = null;
                bool isData = root.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.String && data.TryGetBytesFromBase64(out bytes);
                message = message with { Bytes = bytes };
                return isData;
            case ControlMessageKind.Exit or ControlMessageKind.Edited:
                int code = 0;
                bool isCode = root.TryGetProperty("code", out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out code);
                message = message with { Code = code };
                return isCode;
            default:
                return message.Kind != ControlMessageKind.None;
        }
    }

    private static ControlMessageKind KindOf(JsonElement root)
    {
        root.TryGetProperty("type", out JsonElement type);
        return JsonText.TryGet(type, out string name) ? name switch
        {
            "run" => ControlMessageKind.Run,
            "input" => ControlMessageKind.Input,
            "cancel" => ControlMessageKind.Cancel,
            "out" => ControlMessageKind.Out,
            "err" => ControlMessageKind.Err,
            "data" => ControlMessageKind.Data,
            "ask" => ControlMessageKind.Ask,
            "edit" => ControlMessageKind.Edit,
            "edited" => ControlMessageKind.Edited,
            "exit" => ControlMessageKind.Exit,
            _ => ControlMessageKind.None,
        }
        : ControlMessageKind.None;
    }
}
