using Microsoft.Extensions.Options;
using P2P.Node.Documents;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="TextOptions"/>, checked by generated code.</summary>
[OptionsValidator]
internal sealed partial class TextOptionsCheck : IValidateOptions<TextOptions>;
