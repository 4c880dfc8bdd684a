package dev.loupe.dictionary.format;

import java.util.Map;
import java.util.Set;

/** What the configurations of each format may say, as the libraries that write them do. */
final class FormatKeys {
  private static final Set<String> OFF = Set.of("false");

  /**
   * SAELens 2 to 6. Before 6 the configuration was flat and held the settings of the training too;
   * since then {@code metadata} (6.0: {@code meta}) gives the site of a dictionary.
   */
  static final KnownKeys SAELENS =
      new KnownKeys(
          Set.of(
              "architecture",
              "activation_fn",
              "activation_fn_str",
              "activation_fn_kwargs",
              "activation_fn_params",
              "apply_b_dec_to_input",
              "d_in",
              "d_out",
              "d_sae",
              "hook_name",
              "hook_name_out",
              "k",
              "metadata",
              "model_from_pretrained_kwargs",
              "model_name",
              "model_sha256"),
          Map.of(
              "normalize_activations", Set.of("none", "false"),
              "reshape_activations", Set.of("none"),
              "rescale_acts_by_decoder_norm", OFF,
              "finetuning_scaling_factor", OFF,
              "apply_finetuning_scaling_factor", OFF,
              "hook_head_index", Set.of(),
              "hook_head_index_out", Set.of(),
              "hook_point_head_index", Set.of(),
              "use_error_term", OFF),
          Set.of(
              """
              act_store_device adam_beta1 adam_beta2 autocast autocast_lm aux_loss_coefficient
              b_dec_init_method cached_activations_path checkpoint_path compile_llm compile_sae context_size
              dataset_path dataset_trust_remote_code dead_feature_estimation_method dead_feature_threshold
              dead_feature_window decoder_heuristic_init decoder_heuristic_init_norm decoder_init_norm
              decoder_orthogonal_init device disable_concat_sequences dtype eval_batch_size_prompts
              eval_every_n_wandb_logs exclude_special_tokens expansion_factor feature_reinit_scale
              feature_sampling_method feature_sampling_window finetuning_method finetuning_tokens
              from_pretrained_path hook_eval hook_layer hook_layer_out hook_point hook_point_layer
              init_encoder_as_decoder_transpose is_dataset_tokenized jumprelu_bandwidth
              jumprelu_init_threshold jumprelu_sparsity_loss_mode jumprelu_tanh_scale l0_coefficient
              l0_warm_up_steps l1_coefficient l1_warm_up_steps llm_compilation_mode local_dataset_path
              log_activations_store_to_wandb log_optimizer_state_to_wandb log_to_wandb lp_norm lr
              lr_decay_steps lr_end lr_scheduler_name lr_warm_up_steps matryoshka_widths
              meta model_class_name model_kwargs mse_loss_normalization
              n_batches_for_norm_estimate n_batches_in_buffer n_checkpoints n_dataset_processing_workers
              n_eval_batches n_restart_cycles neuronpedia_id new_cached_activations_path
              noise_standard_deviation normalize_sae_decoder pre_act_loss_coefficient prepend_bos
              resample_batches resume run_name sae_compilation_mode sae_lens_training_version
              sae_lens_version save_final_checkpoint scale_sparsity_penalty_by_decoder_norm seed seqpos
              seqpos_slice sequence_separator_token sparsity_path store_batch_size store_batch_size_prompts
              streaming tokens_per_buffer topk_threshold_lr total_training_steps total_training_tokens
              train_batch_size train_batch_size_tokens training_tokens unique_id use_cached_activations
              use_ghost_grads use_sparse_activations verbose wandb_entity wandb_id wandb_log_frequency
              wandb_project weight_init_std
              """
                  .trim()
                  .split("\\s+")));

  /** The object with the site of a SAELens dictionary; all of it is about the model. */
  static final KnownKeys SAELENS_METADATA =
      new KnownKeys(
          Set.of(
              "hook_name",
              "hook_name_out",
              "model_from_pretrained_kwargs",
              "model_name",
              "model_sha256"),
          Map.of("hook_head_index", Set.of(), "hook_head_index_out", Set.of()),
          Set.of(
              "context_size",
              "dataset_path",
              "exclude_special_tokens",
              "hook_layer",
              "hook_layer_out",
              "model_class_name",
              "neuronpedia_id",
              "prepend_bos",
              "sae_lens_training_version",
              "sae_lens_version",
              "seqpos_slice",
              "sequence_separator_token"));

  /** EleutherAI's sparsify, once called sae. */
  static final KnownKeys SPARSIFY =
      new KnownKeys(
          Set.of(
              "activation",
              "d_in",
              "k",
              "model_name",
              "model_sha256",
              "signed",
              "skip_connection",
              "transcode"),
          Map.of("embed_skip", OFF, "gram_lookup", OFF, "cross_layer", Set.of("0", "false")),
          Set.of(
              "dtype",
              "expansion_factor", // n_features stands in the tensors' shapes
              "gram_table_hash",
              "lookup_max_order",
              "multi_topk", // an auxiliary loss
              "normalize_decoder", // of the training: the files hold the normalised rows
              "num_latents"));

  /** Both formats of circuit-tracer. */
  static final KnownKeys CIRCUIT_TRACER =
      new KnownKeys(
          Set.of(
              "feature_input_hook",
              "feature_output_hook",
              "model_kind",
              "model_name",
              "model_sha256"),
          Map.of("activation", Set.of("relu", "jump_relu", "jumprelu")),
          Set.of(
              "d_model",
              "d_transcoder",
              "description",
              "dtype",
              "license",
              "n_layers",
              "repo_id",
              "revision",
              "scan",
              "scan_name",
              "skip_connection", // told by the tensor W_skip
              "subfolder"));

  /** Gemma Scope publishes none; Loupe writes these. */
  static final KnownKeys GEMMA_SCOPE =
      new KnownKeys(Set.of("reads", "writes", "model_name", "model_sha256"), Map.of(), Set.of());

  private FormatKeys() {}
}
